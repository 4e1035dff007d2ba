package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Item reads the fields of one object of a list that is read by [Each]. Only
// the fields that Each was told of can be read.
type Item struct {
	list    string
	index   int
	names   []string
	values  [][]byte // by name; nil where the item has none
	problem error    // the first
}

// OK reports whether all fields that were read so far were there and right. An
// item that is not OK ends [Each] when its reader returns.
func (i *Item) OK() bool { return i.problem == nil }

// Text reads a field that must be a string.
func (i *Item) Text(name string) string {
	value := i.value(name)
	if value == nil {
		return ""
	}
	text, ok := unquoted(value)
	if !ok {
		i.fail(name, "is %s, want string", kindOf(value))
	}
	return text
}

// Integer reads a field that must be a whole number.
func (i *Item) Integer(name string) int64 {
	value := i.value(name)
	if value == nil {
		return 0
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		i.fail(name, "is %s, want integer", kindOf(value))
		return 0
	}
	return n
}

func (i *Item) value(name string) []byte {
	for n, known := range i.names {
		if known == name && i.values[n] != nil {
			return i.values[n]
		}
	}
	i.fail(name, "is missing")
	return nil
}

// fail keeps the first problem.
func (i *Item) fail(name, format string, args ...any) {
	if i.problem == nil {
		path := failure.Line(fmt.Sprintf("%s[%d].%s", i.list, i.index, name))
		i.problem = fmt.Errorf("%s "+format, append([]any{path}, args...)...)
	}
}

// take finds the fields in raw, which is JSON.
func (i *Item) take(raw []byte) {
	i.problem = nil
	clear(i.values)
	if raw[0] != '{' {
		i.problem = fmt.Errorf("%s[%d] is %s, want object", failure.Line(i.list), i.index, kindOf(raw))
		return
	}
	for at := pastSpace(raw, 1); raw[at] != '}'; {
		end := pastValue(raw, at)
		name := raw[at:end]
		at = pastSpace(raw, pastSpace(raw, end)+1) // the colon
		end = pastValue(raw, at)
		i.note(name, raw[at:end])
		if at = pastSpace(raw, end); raw[at] == ',' {
			at = pastSpace(raw, at+1)
		}
	}
}

// note keeps the value of a field that may be read. The name is in its quotes.
func (i *Item) note(name, value []byte) {
	plain := name[1 : len(name)-1]
	if bytes.IndexByte(plain, '\\') >= 0 {
		text, _ := unquoted(name)
		plain = []byte(text)
	}
	for n, known := range i.names {
		if string(plain) != known {
			continue
		}
		if i.values[n] != nil {
			i.fail(known, "is there twice")
		}
		i.values[n] = value
	}
}

// unquoted returns the text that a JSON string stands for.
func unquoted(raw []byte) (text string, ok bool) {
	if raw[0] != '"' {
		return "", false
	}
	if plain := raw[1 : len(raw)-1]; bytes.IndexByte(plain, '\\') < 0 && utf8.Valid(plain) {
		return string(plain), true
	}
	return unescaped(raw)
}

// unescaped is the rest of [unquoted]; in it, the text would always be one more
// piece of memory.
func unescaped(raw []byte) (text string, ok bool) {
	err := json.Unmarshal(raw, &text)
	return text, err == nil
}

// pastSpace returns where the next token begins in JSON, from at on.
func pastSpace(raw []byte, at int) int {
	for raw[at] == ' ' || raw[at] == '\t' || raw[at] == '\n' || raw[at] == '\r' {
		at++
	}
	return at
}

// pastValue returns where the value ends that begins at at, within an object.
func pastValue(raw []byte, at int) int {
	for depth := 0; ; at++ {
		switch raw[at] {
		case '"':
			for at++; raw[at] != '"'; at++ {
				if raw[at] == '\\' {
					at++
				}
			}
			if depth == 0 {
				return at + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // of what the value, a number or a word, is in
				return at
			}
			if depth--; depth == 0 {
				return at + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return at
			}
		}
	}
}
