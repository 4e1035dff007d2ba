package kit

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// isUnicode reports whether a valid JSON document holds nothing but Unicode. The
// decoder replaces what is not (invalid UTF-8, half of a surrogate pair) by
// U+FFFD, which makes it another text: an action on one key would change
// another.
func isUnicode(doc []byte) bool {
	if !utf8.Valid(doc) {
		return false
	}
	for i := 0; i < len(doc); i++ {
		if doc[i] != '\\' {
			continue
		}
		unit, ok := escapedUnit(doc[i:])
		switch {
		case !ok:
			i++ // another escape, such as \\ or \n
		case !utf16.IsSurrogate(unit):
			i += 5
		default:
			low, ok := escapedUnit(doc[i+6:])
			if !ok || utf16.DecodeRune(unit, low) == utf8.RuneError {
				return false
			}
			i += 11
		}
	}
	return true
}

// escapedUnit reads the UTF-16 unit of an escape such as \u00e4 that text begins
// with.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit), err == nil
}
