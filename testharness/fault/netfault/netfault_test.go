//go:build unix

package netfault_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/faulttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/netfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 20 * time.Second

// redis is a stack of three links to one Redis.
func redis(t *testing.T) *faulttest.Stack {
	t.Helper()
	p, address, err := servers.StartRedis(faulttest.Context(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	s, n := &faulttest.Stack{}, faulttest.Net(t)
	for _, from := range []string{network.Operator, "node-1", "node-2"} {
		l, err := n.TCP(t.Context(), from, "redis", address)
		if err != nil {
			t.Fatal(err)
		}
		s.LinkList = append(s.LinkList, l)
	}
	return s
}

// client is a connection to Redis, which answers PING with +PONG.
type client struct {
	net.Conn
	lines *bufio.Reader
}

func connect(t *testing.T, l *network.Link) (*client, error) {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Address())
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.Close() })
	return &client{c, bufio.NewReader(c)}, nil
}

func (c *client) ping(bound time.Duration) error {
	_ = c.SetDeadline(time.Now().Add(bound))
	if _, err := io.WriteString(c, "PING\r\n"); err != nil {
		return err
	}
	answer, err := c.lines.ReadString('\n')
	if err == nil && answer != "+PONG\r\n" {
		err = errors.New(answer)
	}
	return err
}

func works(t *testing.T, l *network.Link, what string) *client {
	t.Helper()
	c, err := connect(t, l)
	if err == nil {
		err = c.ping(patience)
	}
	if err != nil {
		t.Errorf("%s: %s: %v", what, l.Name(), err)
	}
	return c
}

func TestKinds(t *testing.T) { faulttest.CheckKinds(t, netfault.Kinds()) }

// Each kind is injected into the nodes' connections and healed, twice; the
// operator's stays as it is.
func TestNetworkFaults(t *testing.T) {
	cases := map[string]struct {
		reason   string
		with     string
		existing error // what a ping on an existing connection gets; nil is an answer
		fresh    error
		survives bool // the connection outlives the fault
	}{
		"latency":    {"Answers are late.", `{"latency": "5m", "jitter": "1m"}`, os.ErrDeadlineExceeded, os.ErrDeadlineExceeded, true},
		"bandwidth":  {"A ping is small.", `{"kbps": 8}`, nil, nil, true},
		"reset":      {"All are broken.", "", syscall.ECONNRESET, syscall.ECONNRESET, false},
		"half_open":  {"Reconnecting helps.", "", os.ErrDeadlineExceeded, nil, false},
		"black_hole": {"All are silent.", "", os.ErrDeadlineExceeded, os.ErrDeadlineExceeded, false},
		"partition":  {"All are silent, and come back.", "", os.ErrDeadlineExceeded, os.ErrDeadlineExceeded, true},
		"refuse":     {"Nobody is there.", "", syscall.ECONNRESET, syscall.ECONNREFUSED, false},
	}
	if len(cases) != len(netfault.Kinds()) {
		t.Errorf("%d kinds are tried, and there are %d", len(cases), len(netfault.Kinds()))
	}
	for kind, tc := range cases {
		t.Run(kind, func(t *testing.T) {
			s := redis(t)
			mine, hurt := s.LinkList[0], s.LinkList[1:]
			f := faulttest.Make(t, netfault.Kinds(), s, stack.Spec{Kind: kind, On: "node-*->redis", With: json.RawMessage(tc.with)})
			faulttest.Do(t, "heal what was not injected", f.Heal)
			for range 2 {
				existing := []*client{works(t, hurt[0], "before"), works(t, hurt[1], "before")}
				spared := works(t, mine, "before")
				faulttest.Do(t, "inject", f.Inject)
				for i, c := range existing {
					if err := c.ping(bound(tc.existing)); !is(err, tc.existing) {
						t.Errorf("%s\non an existing connection of %s: %v, want %v", tc.reason, hurt[i].Name(), err, tc.existing)
					}
					c, err := connect(t, hurt[i])
					if err == nil {
						err = c.ping(bound(tc.fresh))
					}
					if !is(err, tc.fresh) {
						t.Errorf("%s\non a new connection of %s: %v, want %v", tc.reason, hurt[i].Name(), err, tc.fresh)
					}
				}
				if err := spared.ping(patience); err != nil {
					t.Errorf("on the operator's connection: %v", err)
				}
				faulttest.Do(t, "heal", f.Heal)
				faulttest.Do(t, "heal again", f.Heal)
				for i, c := range existing {
					if err := c.ping(patience); (err == nil) != tc.survives {
						t.Errorf("%s\non the connection of before, healed: %v, want it to go on: %t", tc.reason, err, tc.survives)
					}
					works(t, hurt[i], "healed")
				}
			}
		})
	}
}

func bound(want error) time.Duration {
	if errors.Is(want, os.ErrDeadlineExceeded) {
		return 100 * time.Millisecond
	}
	return patience
}

// is tells whether an error is the wanted one. A connection that was broken
// before it is written to says so with a broken pipe.
func is(err, want error) bool {
	if want == nil {
		return err == nil
	}
	return errors.Is(err, want) || errors.Is(want, syscall.ECONNRESET) && errors.Is(err, syscall.EPIPE)
}

// Two faults of one kind on one link are two.
func TestFaultsOverlap(t *testing.T) {
	s := redis(t)
	all := faulttest.Make(t, netfault.Kinds(), s, stack.Spec{Kind: "refuse", On: "*->redis"})
	one := faulttest.Make(t, netfault.Kinds(), s, stack.Spec{Kind: "refuse", On: "node-1->redis"})
	faulttest.Do(t, "inject into all", all.Inject)
	faulttest.Do(t, "inject into one", one.Inject)
	faulttest.Do(t, "heal all", all.Heal)
	works(t, s.LinkList[0], "healed")
	if _, err := connect(t, s.LinkList[1]); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the other fault was healed too: %v", err)
	}
	faulttest.Do(t, "heal one", one.Heal)
	works(t, s.LinkList[1], "healed")
}

func TestErrorsNameTheField(t *testing.T) {
	s := redis(t)
	cases := map[string]struct{ reason, kind, on, with, want string }{
		"NoSuchLink":  {"The ones there are help.", "reset", "redis->*", "", "node-1->redis"},
		"NoLink":      {"A part is no link.", "reset", "redis", "", "on:"},
		"Parameters":  {"There are none.", "reset", "*->redis", `{"latency": "1s"}`, "latency"},
		"NoLatency":   {"That is none.", "latency", "*->redis", `{"latency": "0s"}`, "with.latency"},
		"BadLatency":  {"It needs a unit.", "latency", "*->redis", `{"latency": "1"}`, "with.latency"},
		"MuchJitter":  {"Nothing comes before it was sent.", "latency", "*->redis", `{"latency": "1s", "jitter": "2s"}`, "with.jitter"},
		"NoBandwidth": {"That is a partition.", "bandwidth", "*->redis", `{"kbps": 0}`, "with.kbps"},
		"OddRate":     {"Toxiproxy counts kilobytes.", "bandwidth", "*->redis", `{"kbps": 9}`, "with.kbps"},
		"WrongType":   {"A rate is a number.", "bandwidth", "*->redis", `{"kbps": "64"}`, "with.kbps"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := faulttest.Try(t, netfault.Kinds(), s, stack.Spec{Kind: tc.kind, On: tc.on, With: json.RawMessage(tc.with)})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), tc.kind+": ") {
				t.Errorf("%s\nerror = %v, want %q in it", tc.reason, err, tc.want)
			}
		})
	}
}

// Every default can be said aloud.
func TestDefaults(t *testing.T) {
	s := redis(t)
	for _, k := range netfault.Kinds() {
		faulttest.Make(t, netfault.Kinds(), s, stack.Spec{Kind: k.Name, On: "*->*", With: faulttest.Defaults(t, k)})
	}
}
