package verify

import "bytes"

// text returns where the text at i ends, or -1 if it is none.
func (f *former) text(i int) int {
	doc := f.doc
	for i++; i < len(doc); i++ {
		switch c := doc[i]; {
		case c > '\\' || c > '"' && c < '\\': // most are
		case c == '"':
			return i + 1
		case c < ' ':
			return -1
		case c == '\\':
			if i = escaped(doc, i); i < 0 {
				return -1
			}
		}
	}
	return -1
}

// escaped returns where the escape at i has its last byte, or -1 if it is none.
func escaped(doc []byte, i int) int {
	if i+1 >= len(doc) {
		return -1
	}
	switch doc[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		if i+6 > len(doc) {
			return -1
		}
		for _, c := range doc[i+2 : i+6] {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return -1
			}
		}
		return i + 5
	default:
		return -1
	}
}

// number returns where the number at start ends, or -1 if it is none.
func (f *former) number(start int) int {
	doc, i := f.doc, start
	if f.at(i) == '-' {
		i++
	}
	whole := digits(doc, i)
	if whole == i || doc[i] == '0' && whole > i+1 {
		return -1
	}
	i = whole
	if f.at(i) == '.' {
		fraction := digits(doc, i+1)
		if fraction == i+1 {
			return -1
		}
		i = fraction
	}
	exponent := 0
	if c := f.at(i); c == 'e' || c == 'E' {
		i++
		if c := f.at(i); c == '+' || c == '-' {
			i++
		}
		end := digits(doc, i)
		if end == i {
			return -1
		}
		exponent = len(bytes.TrimLeft(doc[i:end], "0"))
		i = end
	}
	// Programs can be expected to read others.
	if i-start > MaxNumberBytes || exponent > MaxExponentDigits {
		f.add(f.here(), "is a number beyond every bound")
	}
	return i
}

// digits returns where the digits that begin at i end.
func digits(doc []byte, i int) int {
	for i < len(doc) && doc[i] >= '0' && doc[i] <= '9' {
		i++
	}
	return i
}

// countValues counts the values of a well-formed document, and returns by what
// factor the largest of its numbers is dearer than others to reckon with.
func countValues(doc []byte) (n, factor int) {
	n, largest := 1, 0
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; c {
		case '"':
			i = skipString(doc, i) - 1
		case ',', '{', '[':
			n++
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			end := skip(doc, i)
			largest = max(largest, magnitude(doc[i:end]))
			i = end - 1
		}
	}
	return n, 1 + largest/dearDigits
}

// dearDigits is how many digits make a number dearer.
const dearDigits = 32

// magnitude is how many digits a moderate number has, written out.
func magnitude(number []byte) int {
	e := bytes.IndexAny(number, "eE")
	if e < 0 {
		return len(number)
	}
	exponent := 0
	for _, c := range number[e+1:] {
		if c >= '0' && c <= '9' {
			exponent = exponent*10 + int(c-'0')
		}
	}
	return e + exponent
}
