package verify

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// scalar checks a text, a number, true, false or null, and decodes it only if
// it has to.
func (r *reader) scalar(n *node, i int) int {
	end := skip(r.doc, i)
	raw := r.doc[i:end]
	switch raw[0] {
	case '"':
		if r.is(n, aText) {
			r.text(n, raw)
		}
	case 't', 'f':
		r.is(n, aBool)
	case 'n':
		r.is(n, aNull)
	default:
		if !n.accepts(raw) {
			r.whole(n, "a bound of a number", i)
		}
	}
	return end
}

func (r *reader) text(n *node, raw []byte) {
	if n.enum != nil {
		if !n.listed(raw) {
			r.add(r.here(), "%s", explain(&kind.Enum{Want: n.schema.Enum.Values}))
			return // as the library does
		}
	}
	if n.minLength > 0 || n.maxLength < unbounded {
		length := characters(raw[1 : len(raw)-1])
		if length < n.minLength {
			r.add(r.here(), "%s", explain(&kind.MinLength{Got: length, Want: n.minLength}))
		}
		if length > n.maxLength {
			r.add(r.here(), "%s", explain(&kind.MaxLength{Got: length, Want: n.maxLength}))
		}
	}
	if n.pattern != nil {
		r.matches(n.pattern, raw)
	}
}

// matches checks a text against a pattern.
func (r *reader) matches(expr jsonschema.Regexp, raw []byte) {
	if len(raw) > MaxWholeBytes {
		r.add(r.here(), "has %d bytes, and what its schema says with %q can be checked for %d at most", len(raw), "pattern", MaxWholeBytes)
		return
	}
	ours, ok := expr.(pattern)
	if ok {
		expr = ours.Regexp // the meter is not running
	}
	if r.work -= ours.effort(len(raw)); r.work < 0 {
		r.add(r.here(), "%s", errTooCostly)
	} else if !expr.MatchString(unquote(raw)) {
		r.add(r.here(), "%s", explain(&kind.Pattern{Want: expr.String()}))
	}
}

// listed reports whether an enum has the text.
func (n *node) listed(raw []byte) bool {
	if bytes.IndexByte(raw, '\\') >= 0 {
		return len(raw) <= MaxSchemaBytes*6 && n.enum[unquote(raw)]
	}
	return n.enum[string(raw[1:len(raw)-1])]
}

// characters counts those of a text as it is in a document.
func characters(s []byte) int {
	if bytes.IndexByte(s, '\\') < 0 {
		return utf8.RuneCount(s)
	}
	n := 0
	for len(s) > 0 {
		n++
		switch {
		case s[0] != '\\':
			_, size := utf8.DecodeRune(s)
			s = s[size:]
		case s[1] != 'u':
			s = s[2:]
		default:
			high := unit(s)
			s = s[6:]
			if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' && utf16.DecodeRune(high, unit(s)) != utf8.RuneError {
				s = s[6:]
			}
		}
	}
	return n
}

// unit decodes \uXXXX.
func unit(s []byte) rune {
	n, _ := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(n)
}

// accepts reports whether a number is right for certain. Where it is not
// certain, and where it is wrong, the library has the word.
func (n *node) accepts(raw []byte) bool {
	if n.enum != nil || n.onlyDecoded {
		return false
	}
	exact, isInt := exactInt(raw)
	if n.types&aNumber == 0 && (n.types&anInteger == 0 || !isInt) {
		return false
	}
	switch {
	case len(n.bounds) == 0:
		return true
	case isInt:
		return n.acceptsInt(exact)
	}
	float, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return false
	}
	for _, b := range n.bounds {
		// Rounding keeps the order, so what is apart when rounded is apart.
		if float == b.float || float > b.float == b.upper {
			return false
		}
	}
	return true
}

// acceptsInt reports whether an integer is within the bounds for certain.
func (n *node) acceptsInt(exact int64) bool {
	for _, b := range n.bounds {
		switch {
		case b.isInt:
			if exact == b.int && b.exclusive || exact != b.int && exact > b.int != !b.upper {
				return false
			}
		case float64(exact) == b.float || float64(exact) > b.float == b.upper:
			return false
		}
	}
	return true
}

// exactBytes is up to how many an integer fits for certain.
const exactBytes = 18

// exactInt returns a number that is written as an integer and fits.
func exactInt(number []byte) (n int64, ok bool) {
	if len(number) > exactBytes {
		return 0, false
	}
	for i, c := range number {
		switch {
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
		case i > 0 || c != '-':
			return 0, false
		}
	}
	if number[0] == '-' {
		n = -n
	}
	return n, true
}
