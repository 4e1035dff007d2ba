package verify

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// problems collects what is wrong, and keeps no more of it than is told.
type problems struct {
	listed []protocol.FieldError
	more   int
}

func (p *problems) add(path, format string, args ...any) {
	if p.full() {
		p.more++
		return
	}
	p.listed = append(p.listed, protocol.FieldError{Path: path, Message: fmt.Sprintf(format, args...)})
}

// full reports whether more problems are counted only.
func (p *problems) full() bool { return len(p.listed) >= maxListed }

func (p *problems) count() int { return len(p.listed) + p.more }

// err is nil if nothing is wrong.
func (p *problems) err(code protocol.Code, format string, args ...any) error {
	if len(p.listed) == 0 {
		return nil
	}
	e := protocol.Errorf(code, format, args...)
	e.Fields = p.listed
	if p.more > 0 {
		e.Fields = append(e.Fields, protocol.FieldError{Message: fmt.Sprintf("and %d more", p.more)})
	}
	return e
}

// of renders the path of an item's field: "violations[3].invariant".
func of(list string, i int, field string) string {
	return list + "[" + strconv.Itoa(i) + "]." + field
}

// A spot is a field of an item, or with an empty list of the whole. Its path is
// rendered when there is something to say of it.
type spot struct {
	list  string
	i     int
	field string
}

func (s spot) path() string {
	if s.list == "" {
		return s.field
	}
	return of(s.list, s.i, s.field)
}

// maxQuoted is how much of a text an error repeats, in bytes.
const maxQuoted = 64

// quote makes a text of the subject's fit for an error: cut, in quotes, on one
// line, with nothing in it that a terminal obeys.
func quote(s string) string {
	if len(s) <= maxQuoted {
		return strconv.Quote(s)
	}
	end := maxQuoted
	for end > maxQuoted-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return strconv.Quote(s[:end]) + "..."
}

// join appends a field's name to a path. What is not plainly a name is quoted.
func join(path, name string) string {
	if !plainName(name) {
		name = quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func plainName(name string) bool {
	return name != "" && len(name) <= protocol.MaxNameLen && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// text reports one that is not UTF-8: JSON and protobuf have no others.
func (p *problems) text(at spot, s string) {
	if !utf8.ValidString(s) {
		p.add(at.path(), "is not valid UTF-8")
	}
}
