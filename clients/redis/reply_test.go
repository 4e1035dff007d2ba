package redis_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// reply is a reply of RESP, of any version.
type reply struct {
	kind  byte
	text  string
	none  bool // nil
	items []reply
}

// number is the whole number that a reply is.
func (r reply) number() (int64, bool) {
	n, err := strconv.ParseInt(r.text, 10, 64)
	return n, err == nil && len(r.items) == 0 && !r.none && r.kind != '-'
}

func broken(r reply) bool {
	return r.none || r.kind == '-' || r.kind == '!' || slices.ContainsFunc(r.items, broken)
}

var errNoReply = errors.New("not RESP")

func readReply(in *bufio.Reader) (reply, error) {
	line, err := in.ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); err != nil || line == "" { // a line that ends otherwise is still one
		return reply{}, errNoReply
	}
	r := reply{kind: line[0], text: line[1:]}
	perItem := 1
	switch r.kind {
	case '+', '-', ':', ',', '(', '#':
		return r, nil
	case '_':
		r.none = true
		return r, nil
	case '%', '|':
		perItem = 2
	case '$', '=', '!', '*', '~', '>':
	default:
		return reply{}, errNoReply
	}
	n, err := strconv.Atoi(r.text)
	switch {
	case err != nil || n < -1 || n > 1<<20:
		return reply{}, errNoReply
	case n == -1:
		r.none = true
		return r, nil
	case r.kind == '$' || r.kind == '=' || r.kind == '!':
		content := make([]byte, n+2)
		_, err := io.ReadFull(in, content)
		r.text = string(content[:n])
		return r, err
	}
	r.text = ""
	for range n * perItem {
		item, err := readReply(in)
		if err != nil {
			return reply{}, err
		}
		r.items = append(r.items, item)
	}
	if r.kind == '|' {
		return readReply(in)
	}
	return r, nil
}

// readPipeline reads what has been written at once: at least one command.
func readPipeline(in *bufio.Reader) (commands [][]string, err error) {
	for len(commands) == 0 || in.Buffered() > 0 {
		command, err := readCommand(in)
		if err != nil {
			return nil, err
		}
		commands = append(commands, command)
	}
	return commands, nil
}

// readCommand reads one command: its name and arguments.
func readCommand(in *bufio.Reader) ([]string, error) {
	r, err := readReply(in) // which a command is written like
	if err == nil && len(r.items) == 0 {
		err = errNoReply
	}
	if err != nil {
		return nil, err
	}
	command := make([]string, len(r.items))
	for i, item := range r.items {
		command[i] = item.text
	}
	return command, nil
}

// bulk writes a text.
func bulk(s string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(s), s) }
