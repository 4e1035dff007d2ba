package redis_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// fake is a server that speaks as much of Redis's language as a sweep needs, and
// whose cursors count up one by one, a key at each. It keeps counters of one
// request in "k0", "k1" and so on, and as many sequences.
type fake struct {
	keys    int
	untyped bool // SCAN knows no TYPE, as before Redis 6.0

	instead func(args []string) string // answers what it does not answer with ""
}

func (f fake) start(t *testing.T) (addr string) {
	t.Helper()
	return clienttest.Listen(t, f.serve)
}

func (f fake) serve(cn net.Conn) {
	in := bufio.NewReader(cn)
	for {
		args, err := readCommand(in)
		if err != nil {
			return
		}
		text := ""
		if f.instead != nil {
			text = f.instead(args)
		}
		if text == "" {
			text = f.answer(args)
		}
		if _, err := io.WriteString(cn, text); err != nil {
			return
		}
	}
}

func (f fake) answer(args []string) string {
	switch strings.ToUpper(args[0]) {
	case "INFO":
		return bulk("redis_version:7.0.15\r\nrun_id:1\r\n")
	case "TIME":
		return "*2\r\n" + bulk("1800000000") + bulk("0")
	case "DBSIZE":
		return fmt.Sprintf(":%d\r\n", 2*f.keys)
	case "SCAN":
		typed := slices.Contains(args, "TYPE")
		if typed && f.untyped {
			return "-ERR syntax error\r\n"
		}
		at, _ := strconv.Atoi(args[1])
		names := bulk(fmt.Sprintf("ratelimit:k%d", at))
		n := 1
		if !typed {
			names, n = names+bulk(fmt.Sprintf("ratelimit:k%d:seq", at)), 2
		}
		return "*2\r\n" + bulk(strconv.Itoa((at+1)%f.keys)) + fmt.Sprintf("*%d\r\n", n) + names
	case "TYPE":
		if strings.HasSuffix(args[1], ":seq") {
			return "+string\r\n"
		}
		return "+zset\r\n"
	case "ZCOUNT", "ZCARD":
		return ":1\r\n"
	case "PTTL":
		return ":5000\r\n"
	case "EXISTS":
		return ":0\r\n"
	default:
		return "-ERR unknown command '" + args[0] + "'\r\n"
	}
}

func TestSweeperOfAnotherServer(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		fake   fake
		chains int
		one    string
	}{
		"OtherCursors": {
			reason: "a server that says it is Redis and counts otherwise is walked by one chain",
			fake:   fake{keys: 50}, chains: 4, one: "do not count up",
		},
		"OneChain": {reason: "one chain has no need to know", fake: fake{keys: 50}, chains: 1},
		"Untyped":  {reason: "before Redis 6.0 each name that misleads is asked for", fake: fake{keys: 50, untyped: true}, chains: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, redis.Options{Addrs: []string{tc.fake.start(t)}})
			sweeper, seen := newSweeper(t, c, redis.SweeperOptions{Chains: tc.chains}), picture{}
			progress, _ := seen.pass(t, sweeper)
			if len(seen) != tc.fake.keys || !strings.Contains(progress.One, tc.one) || (progress.One == "") != (tc.one == "") {
				t.Errorf("%s: %d counters, %+v", tc.reason, len(seen), progress)
			}
			if seen["k7"].InForce != 1 || seen["k7"].Err != nil {
				t.Errorf("%+v", seen["k7"])
			}
			if !strings.Contains(progress.Off, "does not tell") {
				t.Errorf("it follows a server that cannot tell: %+v", progress)
			}
		})
	}
}
