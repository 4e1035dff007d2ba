package redis_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// script is a Redis without a socket. It knows nothing of what connections begin
// with but AUTH, tells the time when it is asked for nothing else, answers the first other
// pipeline with one text and those that follow with another, and hangs up after
// each.
type script struct {
	texts [2][]byte

	serving sync.WaitGroup
	mu      sync.Mutex
	played  []played
}

// played is a pipeline and what it was answered with.
type played struct {
	commands [][]string
	replies  []reply
	aligned  bool // the n-th reply is the one to the n-th command
}

// maxPlayed is after how many pipelines nothing is answered any more: a SCAN may
// never end.
const maxPlayed = 6

func (s *script) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	s.serving.Go(func() {
		defer func() { _ = server.Close() }()
		s.serve(server)
	})
	return client, nil
}

func (s *script) serve(conn net.Conn) {
	in := bufio.NewReaderSize(conn, 1<<20) // a whole pipeline
	for {
		commands, err := pipeline(in)
		if err != nil {
			return
		}
		text, last := greeting(commands), false
		if len(commands) == 1 && strings.EqualFold(commands[0][0], "time") {
			text = []byte("*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n")
		}
		if text == nil {
			text, last = s.next(commands), true
		}
		if _, err := conn.Write(text); err != nil || last {
			return
		}
	}
}

// greeting answers a pipeline of nothing but what connections begin with.
func greeting(commands [][]string) (text []byte) {
	for _, command := range commands {
		switch strings.ToLower(command[0]) {
		case "info":
			text = append(text, "$20\r\nredis_version:7.0.0\n\r\n"...)
		case "auth":
			text = append(text, "+OK\r\n"...)
		case "hello", "select", "client", "role":
			text = append(text, "-ERR unknown command\r\n"...)
		default:
			return nil
		}
	}
	return text
}

func (s *script) next(commands [][]string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var text []byte
	if n := len(s.played); n < maxPlayed {
		text = s.texts[min(n, 1)]
	}
	replies, aligned := repliesTo(commands, text)
	s.played = append(s.played, played{commands, replies, aligned})
	return text
}

// pipeline reads what has been written at once: at least one command.
func pipeline(in *bufio.Reader) (commands [][]string, err error) {
	for len(commands) == 0 || in.Buffered() > 0 {
		r, err := readReply(in)
		if err != nil {
			return nil, err
		}
		command := make([]string, len(r.items))
		for i, item := range r.items {
			command[i] = item.text
		}
		commands = append(commands, command)
	}
	return commands, nil
}

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

// repliesTo takes a text apart as far as it is RESP. It is not aligned from
// where an error stands within a list: go-redis gives up that reply there, and
// takes what follows for the next.
func repliesTo(commands [][]string, text []byte) (all []reply, aligned bool) {
	in := bufio.NewReader(bytes.NewReader(text))
	for _, command := range commands {
		r, err := readReply(in)
		if err != nil {
			break
		}
		all = append(all, r)
		if !strings.EqualFold(command[0], "hmget") && slices.ContainsFunc(r.items, broken) {
			return all, false
		}
	}
	return all, true
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

// last is the reply to the last such command that was sent. sure is false if it
// cannot be told.
func (s *script) last(command string, argument string) (r reply, found, sure bool) {
	for _, p := range slices.Backward(s.played) {
		i := slices.IndexFunc(p.commands, func(c []string) bool {
			return strings.EqualFold(c[0], command) && (argument == "" || len(c) > 1 && c[1] == argument)
		})
		switch {
		case i < 0:
			continue
		case !p.aligned:
			return reply{}, false, false
		case i >= len(p.replies):
			return reply{}, false, true
		}
		return p.replies[i], true, true
	}
	return reply{}, false, true
}

// mustBeNumber fails the test unless the server has said that number.
func (s *script) mustBeNumber(t *testing.T, claimed int64, command, argument string) {
	t.Helper()
	if claimed < 0 {
		t.Fatalf("%s %s is %d", command, argument, claimed)
	}
	r, found, sure := s.last(command, argument)
	if n, ok := r.number(); sure && (!found || !ok || n != claimed) {
		t.Fatalf("%s %s is claimed to be %d; the reply is %+v (%t) in %+v", command, argument, claimed, r, found, s.played)
	}
}

// mustBeCounter fails the test unless the server has said all that a counter is
// claimed to be.
func (s *script) mustBeCounter(t *testing.T, c redis.Counter) {
	t.Helper()
	name := "ratelimit:" + c.Key
	if c.Err != nil {
		if c.Present || c.Count != 0 || c.InForce != 0 || c.Own != nil || c.Expiry != 0 || c.NoExpiry {
			t.Fatalf("with an error something is known: %+v", c)
		}
		mustBeDeclared(t, c.Err)
		return
	}
	if !c.Present {
		card, found, sure := s.last("zcard", name)
		ttl, _, _ := s.last("pttl", name)
		if sure && (!found || card.text != "0" && ttl.text != "-2") {
			if n, ok := card.number(); !ok || n != 0 {
				t.Fatalf("there is said to be none: %+v; the replies are %+v and %+v", c, card, ttl)
			}
		}
		return
	}
	s.mustBeNumber(t, c.Count, "zcard", name)
	s.mustBeNumber(t, c.InForce, "zcount", name)
	if c.Expiry < 0 {
		t.Fatalf("it expires in %s", c.Expiry)
	}
	r, found, sure := s.last("pttl", name)
	ms, ok := r.number()
	if sure && (!found || !ok || c.NoExpiry != (ms == -1) || !c.NoExpiry && c.Expiry.Milliseconds() != ms && c.Expiry < 1<<62) {
		t.Fatalf("%+v; the reply is %+v (%t)", c, r, found)
	}
	r, found, sure = s.last("hmget", "ratelimit:limit:"+c.Key)
	if sure && (!found || c.Own != nil && (len(r.items) != 2 || strings.TrimLeft(r.items[0].text, "+0") != strings.TrimLeft(fmt.Sprint(c.Own.Limit), "0"))) {
		t.Fatalf("%+v; the reply is %+v (%t)", c, r, found)
	}
}

var declared = []failure.Class{
	failure.Unreachable, failure.Unauthenticated, failure.Forbidden, failure.WrongType, failure.ReadOnly, failure.OutOfMemory,
	failure.Loading, failure.ClusterDown, failure.Rejected, failure.Malformed, failure.TooLarge, failure.Failing,
}

// mustBeDeclared fails the test unless an error is one that this server can
// cause, which never keeps anybody waiting, and is fit for a terminal.
func mustBeDeclared(t *testing.T, err error) {
	t.Helper()
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok || !slices.Contains(declared, fe.Class) {
		t.Fatalf("%#v", err)
	}
	text := err.Error()
	if len(text) > 4000 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		t.Fatalf("not a bounded printable line: %q", text)
	}
	if strings.Contains(text, "s3cret") {
		t.Fatalf("the password is shown: %s", text)
	}
}

// FuzzReplies answers every call with any bytes. No call waits, and none takes
// for an answer what the server has not said.
func FuzzReplies(f *testing.F) {
	const (
		counter  = ":3\r\n:60000\r\n*2\r\n$-1\r\n$-1\r\n:2\r\n"
		owned    = ":3\r\n:-1\r\n*2\r\n$1\r\n5\r\n$5\r\n10000\r\n:2\r\n"
		theTime  = "*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n"
		page     = "*2\r\n$1\r\n0\r\n*3\r\n$11\r\nratelimit:a\r\n$15\r\nratelimit:a:seq\r\n$17\r\nratelimit:limit:a\r\n"
		endless  = "*2\r\n$1\r\n7\r\n*1\r\n$11\r\nratelimit:a\r\n"
		sequence = "+string\r\n"
	)
	for call := range byte(4) {
		for _, texts := range [][2]string{
			{"+PONG\r\n", ""},
			{":7\r\n", ":7\r\n"},
			{":-7\r\n", ""},
			{counter + owned + theTime, ":1\r\n" + theTime},
			{owned + counter, owned},
			{page + ":5\r\n", "+zset\r\n" + sequence + "+hash\r\n" + counter + theTime},
			{endless, endless + "+zset\r\n"},
			{"", ""},
			{"-LOADING x\r\n", "-NOAUTH s3cret\r\n"},
			{"$-1\r\n", "*-1\r\n"},
			{"$5\r\nab", "*2\r\n:1"},
			{"*2\r\n-ERR x\r\n:9\r\n:9\r\n", ":9223372036854775807\r\n:9223372036854775807\r\n*2\r\n$1\r\n+\r\n$1\r\n1\r\n:+9\r\n"},
			{"%1\r\n+a\r\n+b\r\n", "|1\r\n+a\r\n+b\r\n:5\r\n"},
			{"#t\r\n,1.5\r\n(99\r\n_\r\n", ">2\r\n+a\r\n:1\r\n=5\r\ntxt:a\r\n"},
			{"*100000\r\n", "$100000\r\n"},
			{":0\r\n:-2\r\n*2\r\n$-1\r\n$-1\r\n:0\r\n", ":3\r\n:-3\r\n*2\r\n$1\r\n1\r\n$-1\r\n:-1\r\n"},
		} {
			f.Add(call, []byte(texts[0]), []byte(texts[1]))
		}
	}
	f.Fuzz(func(t *testing.T, call byte, first, second []byte) {
		play(t, first, second, func(s *script, c *redis.Client) (check func()) { return s.ask(t, c, call%4) })
	})
}

// play has a client of the script make calls, and checks them when nothing more
// is said.
func play(t *testing.T, first, second []byte, calls func(*script, *redis.Client) (check func())) {
	t.Helper()
	s := &script{texts: [2][]byte{first, second}}
	c, err := redis.New(redis.Options{
		Addrs: []string{"script:1"}, Password: "s3cret", Dialer: s.dial, PoolSize: 1, DialTimeout: time.Minute, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	check := calls(s, c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	s.serving.Wait()
	check()
}

// failed checks an error, if it is one.
func failed(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		mustBeDeclared(t, err)
	}
	return err != nil
}

// ask makes one of the calls. What it returns holds the answer against what was
// said, once nothing more is.
func (s *script) ask(t *testing.T, c *redis.Client, call byte) (check func()) {
	t.Helper()
	ctx := t.Context()
	failed := func(err error) bool { return failed(t, err) }
	switch call {
	case 0:
		err := c.Ping(ctx)
		return func() {
			if r, found, _ := s.last("ping", ""); !failed(err) && (!found || r.kind == '-' || r.none) {
				t.Fatalf("a ping was answered by %+v", r)
			}
		}
	case 1:
		value, present, err := c.CounterValue(ctx, "a")
		return func() {
			if failed(err) {
				return
			}
			if present != (value > 0) {
				t.Fatalf("%d, %t", value, present)
			}
			s.mustBeNumber(t, value, "zcard", "ratelimit:a")
		}
	case 2:
		counters, err := c.Counters(ctx, []string{"a", "b"}, time.Minute)
		return func() {
			if failed(err); len(counters) != 2 {
				t.Fatalf("%d counters of 2", len(counters))
			}
			for _, counter := range counters {
				s.mustBeCounter(t, counter)
			}
		}
	default:
		var keys []string
		var err error
		for key, e := range c.CounterKeys(ctx) {
			if err = e; err != nil {
				break
			}
			keys = append(keys, key)
		}
		return func() {
			failed(err)
			for _, key := range keys {
				s.mustHaveSaid(t, "type", "ratelimit:"+key, "zset")
			}
		}
	}
}

// mustHaveSaid fails the test unless a command that began so was answered, and
// by that text if there is one.
func (s *script) mustHaveSaid(t *testing.T, command, argument, text string) {
	t.Helper()
	for _, p := range s.played {
		for i, c := range p.commands {
			if !strings.EqualFold(c[0], command) || c[1] != argument {
				continue
			}
			if !p.aligned || i < len(p.replies) && (text == "" || p.replies[i].text == text) {
				return
			}
		}
	}
	t.Fatalf("%s %s was never answered by %q: %+v", command, argument, text, s.played)
}
