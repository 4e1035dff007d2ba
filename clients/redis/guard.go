package redis

import "fmt"

// Bounds of the answer to one write, which may hold a whole pipeline. They are
// far above what this package asks for, and there because a reader of RESP
// allocates what a header announces before any of it has arrived.
const (
	maxAnswerBytes    = 256 << 20
	maxAnswerElements = 4 << 20
	maxHeaderBytes    = 64 << 10 // an error text is a header
	maxDepthOfAnswer  = 16       // a reader goes down the stack with each list in a list
)

// tooLargeError is an answer over the bounds.
type tooLargeError struct{ what string }

func (e *tooLargeError) Error() string { return e.what }

// maxSaid is how much of an error text guard remembers.
const maxSaid = 1 << 10

// guard follows the framing of RESP answers and stops one that is, or announces
// to be, larger than the bounds. It judges sizes only: whether the answer makes
// sense is the reader's business.
//
// It also remembers an error that the connection began with. A server that is
// full or protected says so once and hangs up; go-redis takes that for the
// answer to its HELLO, which it ignores, and reports a broken pipe.
//
// RESP2: a header line of a type byte, a text or number, and CRLF; after "$N"
// follow N bytes and CRLF, after "*N" follow N answers. The like of RESP3 is not
// asked for, and would be read all the same: "=N" and "!N" are as "$N", "~N" and
// ">N" as "*N", and after "%N" and "|N" follow 2N answers.
// https://redis.io/docs/latest/develop/reference/protocol-spec/
type guard struct {
	bytes    int64 // of this answer so far
	elements int64 // announced so far
	payload  int64 // bytes of a bulk string still to pass

	header int   // length of the header line so far
	kind   byte  // its type byte
	number int64 // its number so far, for the kinds that have one
	minus  bool

	left  [maxDepthOfAnswer]int64 // of each list that is not yet whole, the answers to come
	depth int                     // how many these are

	answers int    // on this connection, none of its business after 2
	said    []byte // the error that is the only answer so far
}

// parting is what the server said before it hung up.
func (g *guard) parting() string { return string(g.said) }

// reset begins the next answer. The framing goes on where it was.
func (g *guard) reset() { g.bytes, g.elements = 0, 0 }

// check takes the next bytes of the answer.
func (g *guard) check(b []byte) error {
	g.bytes += int64(len(b))
	if g.bytes > maxAnswerBytes {
		return &tooLargeError{fmt.Sprintf("the answer is over %d bytes", maxAnswerBytes)}
	}
	for len(b) > 0 {
		if g.payload > 0 {
			n := min(g.payload, int64(len(b)))
			g.payload -= n
			b = b[n:]
			continue
		}
		if err := g.headerByte(b[0]); err != nil {
			return err
		}
		b = b[1:]
	}
	return nil
}

func (g *guard) headerByte(c byte) error {
	switch {
	case c == '\n':
		return g.endHeader()
	case g.header == 0:
		g.kind, g.number, g.minus = c, 0, false
		g.answers, g.said = min(g.answers+1, 2), nil
	case g.kind == '-' && g.answers == 1 && c != '\r' && len(g.said) < maxSaid:
		g.said = append(g.said, c)
	case !announcesBytes(g.kind) && announcesElements(g.kind) == 0:
	case c == '-':
		g.minus = true
	case c >= '0' && c <= '9':
		// Past the bound the exact value no longer matters; it must not overflow.
		g.number = min(g.number*10+int64(c-'0'), maxAnswerBytes+1)
	}
	if g.header++; g.header > maxHeaderBytes {
		return &tooLargeError{fmt.Sprintf("a line of the answer is over %d bytes", maxHeaderBytes)}
	}
	return nil
}

// announcesBytes tells the kinds of strings whose length comes first.
func announcesBytes(kind byte) bool { return kind == '$' || kind == '=' || kind == '!' }

// announcesElements is how many answers follow for each one that a header of the
// kind announces.
func announcesElements(kind byte) int64 {
	switch kind {
	case '*', '~', '>':
		return 1
	case '%', '|':
		return 2
	default:
		return 0
	}
}

func (g *guard) endHeader() error {
	announced := g.number
	if g.minus || g.header == 0 {
		announced = 0
	}
	kind := g.kind
	isBulk, perUnit := announcesBytes(kind) && !g.minus, announcesElements(kind)
	g.header, g.kind = 0, 0

	switch {
	case isBulk:
		if announced > maxAnswerBytes {
			return &tooLargeError{fmt.Sprintf("the answer announces a string of over %d bytes", maxAnswerBytes)}
		}
		g.payload = announced + 2
	case perUnit > 0:
		announced *= perUnit
		if g.elements += announced; g.elements > maxAnswerElements {
			return &tooLargeError{fmt.Sprintf("the answer announces over %d elements", maxAnswerElements)}
		}
	}
	if kind == '|' && g.depth > 0 {
		g.left[g.depth-1]++ // it is none of those that were announced
	}
	if perUnit > 0 && announced > 0 {
		return g.into(announced)
	}
	g.out()
	return nil
}

// into goes into a list.
func (g *guard) into(elements int64) error {
	if g.depth == len(g.left) {
		return &tooLargeError{fmt.Sprintf("the answer has over %d lists in each other", len(g.left))}
	}
	g.left[g.depth] = elements
	g.depth++
	return nil
}

// out takes an answer that has no list in it, and leaves the lists whose last it
// is.
func (g *guard) out() {
	for g.depth > 0 {
		if g.left[g.depth-1]--; g.left[g.depth-1] > 0 {
			return
		}
		g.depth--
	}
}
