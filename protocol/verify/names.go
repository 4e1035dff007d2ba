package verify

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// unique looks at the names of an object's n fields, which are from base on, and
// of which some may be written with escapes.
func (f *former) unique(n, base int, escaped bool) {
	names := f.names[base:]
	f.names = f.names[:base]
	switch {
	case n > MaxFields:
		f.add(f.here(), "has more than %d fields", MaxFields)
	case n > fewFields || escaped:
		f.uniqueHashes(names)
	default:
		for i := 1; i < n; i++ {
			for k := range i {
				if bytes.Equal(f.raw(names[i]), f.raw(names[k])) {
					f.twice(names[i])
					return
				}
			}
		}
	}
}

func (f *former) uniqueHashes(names []place) {
	seed := maphash.MakeSeed()
	hashes := make([]uint64, len(names))
	for i, name := range names {
		if raw := f.raw(name); bytes.IndexByte(raw, '\\') >= 0 {
			hashes[i] = maphash.String(seed, f.unquoted(name))
		} else {
			hashes[i] = maphash.Bytes(seed, raw)
		}
	}
	sorted := slices.Clone(hashes)
	slices.Sort(sorted)
	for k := 1; k < len(sorted); k++ {
		if sorted[k] != sorted[k-1] {
			continue
		}
		// The same name, or hardly ever another.
		first := slices.Index(hashes, sorted[k])
		second := first + 1 + slices.Index(hashes[first+1:], sorted[k])
		if f.unquoted(names[first]) == f.unquoted(names[second]) {
			f.twice(names[second])
			return
		}
	}
}

func (f *former) twice(name place) {
	f.add(join(f.here(), f.unquoted(name)), "is there twice")
}

func (f *former) raw(name place) []byte { return f.doc[name.from:name.to] }

func (f *former) unquoted(name place) string { return unquote(f.doc[name.from-1 : name.to+1]) }
