package redis

import "math/bits"

// part is a part of the cursor space of a SCAN.
//
// A cursor of SCAN is an index into the server's hash table that is counted up
// with its bits reversed: from the highest bit of the mask down, so that a table
// which doubles or halves meanwhile leaves what was walked walked. All that has
// been seen at a cursor are the hashes whose reversed bits are less than those
// of the cursor. So the hashes that share their lowest k bits are a part of the
// walk without a gap: it begins at the cursor that is those k bits, and ends
// where the reversed cursor passes the next such part. That holds for every
// table, also for one that is being resized, and for one too small to have k
// bits, where parts only see more than their own.
//
// None of that is documented by Redis: see [server.splits].
type part struct {
	start uint64 // the cursor to begin at
	end   uint64 // the reversed cursor that is no longer its own; 0 is the end of all
}

// split cuts the cursor space into n parts, a power of two.
func split(n int) []part {
	k := bits.Len(uint(n)) - 1
	parts := make([]part, n)
	for j := range parts {
		if n > 1 {
			parts[j].start = bits.Reverse64(uint64(j) << (64 - k))
		}
		if j < n-1 {
			parts[j].end = uint64(j+1) << (64 - k)
		}
	}
	return parts
}

// passed reports whether a SCAN that has come to next is through with the part.
func (p part) passed(next uint64) bool {
	return next == 0 || (p.end != 0 && bits.Reverse64(next) >= p.end)
}

// forward reports whether next is further on than cursor, as it must be if
// cursors are what they are taken for.
func forward(cursor, next uint64) bool {
	return next == 0 || bits.Reverse64(next) > bits.Reverse64(cursor)
}
