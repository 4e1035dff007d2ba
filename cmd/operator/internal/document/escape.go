package document

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Escape makes JSON fit for a terminal without changing what it says: every
// rune that is not printable (C1 controls, which some terminals obey, bidi
// controls, invalid UTF-8) becomes \uXXXX. In JSON such runes can only be
// within strings.
func Escape(data []byte) []byte {
	if plain(data) {
		return data
	}
	var b bytes.Buffer
	b.Grow(len(data) + len(data)/8)
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == '\n' || strconv.IsPrint(r) && (r != utf8.RuneError || size > 1):
			b.Write(data[:size])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			hex(&b, high)
			hex(&b, low)
		default:
			hex(&b, r)
		}
		data = data[size:]
	}
	return b.Bytes()
}

func plain(data []byte) bool {
	for _, c := range data {
		if c >= utf8.RuneSelf || c == 0x7f {
			return false
		}
	}
	return true
}

func hex(b *bytes.Buffer, r rune) {
	digits := strconv.FormatInt(int64(r), 16)
	b.WriteString(`\u`)
	b.WriteString("0000"[len(digits):])
	b.WriteString(digits)
}
