package api

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// problem is one thing that is wrong with a request. Its form and its types are
// those of the service whose contract this node follows.
type problem struct {
	Loc  []string `json:"loc"`
	Msg  string   `json:"msg"`
	Type string   `json:"type"`
}

func tooLong(where, name string, limit int) problem {
	return problem{[]string{where, name}, fmt.Sprintf("ensure this value has at most %d bytes", limit), "value_error.any_str.max_length"}
}

// hasLoneSurrogate reports whether a valid JSON string contains an escaped
// UTF-16 surrogate without its other half, which stands for no character.
func hasLoneSurrogate(raw []byte) bool {
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++ // to the character that is escaped
		if raw[i] != 'u' {
			continue
		}
		first := hex4(raw[i+1:])
		i += 4 // to its last digit
		if !utf16.IsSurrogate(first) {
			continue
		}
		rest := raw[i+1:]
		if !bytes.HasPrefix(rest, []byte(`\u`)) || utf16.DecodeRune(first, hex4(rest[2:])) == utf8.RuneError {
			return true
		}
		i += 6
	}
	return false
}

func hex4(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // valid JSON has four
	return rune(n)
}
