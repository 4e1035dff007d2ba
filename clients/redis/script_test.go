package redis_test

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// What a script may say.
const (
	saidTime    = "*2\r\n$10\r\n1700000000\r\n$1\r\n0\r\n"
	saidPage    = "*2\r\n$1\r\n0\r\n*3\r\n$11\r\nratelimit:a\r\n$15\r\nratelimit:a:seq\r\n$17\r\nratelimit:limit:a\r\n"
	saidEndless = "*2\r\n$1\r\n7\r\n*1\r\n$11\r\nratelimit:a\r\n"
)

// script is a Redis without a socket. It knows nothing of what connections begin
// with but AUTH, tells the time when it is asked for nothing else, answers the
// first other pipeline with one text and those that follow with another, and
// hangs up after each.
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
		commands, err := readPipeline(in)
		if err != nil {
			return
		}
		text, last := greeting(commands), false
		if len(commands) == 1 && strings.EqualFold(commands[0][0], "time") {
			text = []byte(saidTime)
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

// seedTexts adds each pair of texts for each of so many calls.
func seedTexts(f *testing.F, calls byte, all ...[2]string) {
	f.Helper()
	for call := range calls {
		for _, texts := range all {
			f.Add(call, []byte(texts[0]), []byte(texts[1]))
		}
	}
}
