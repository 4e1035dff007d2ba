package network_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// Each toxic is added with a connection there, seen on it and on a new one,
// removed, and added again.
func TestToxics(t *testing.T) {
	cases := map[string]struct {
		reason string
		toxic  network.Toxic
		// hurt checks an existing connection; fresh what a new one is like.
		hurt  func(t *testing.T, c *client)
		fresh func(t *testing.T, l *network.Link)
		// healed checks the existing connection after the removal.
		healed func(t *testing.T, c *client)
	}{
		"Reset": {
			"Everything is broken.",
			network.Toxic{Type: network.Reset},
			func(t *testing.T, c *client) { c.broken(t, "the existing one") },
			func(t *testing.T, l *network.Link) {
				// The reset may come before the handshake is known to be over.
				c, err := dial(l.Address())
				if errors.Is(err, syscall.ECONNRESET) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = c.Close() }()
				c.broken(t, "a new one")
			},
			nil,
		},
		"Refuse": {
			"Nobody listens.",
			network.Toxic{Type: network.Refuse},
			func(t *testing.T, c *client) { c.broken(t, "the existing one") },
			func(t *testing.T, l *network.Link) { refuses(t, l, "a new one") },
			nil,
		},
		"HalfOpen": {
			"The client is not told, and reconnecting helps.",
			network.Toxic{Type: network.HalfOpen},
			func(t *testing.T, c *client) { c.silent(t, "the existing one") },
			func(t *testing.T, l *network.Link) { connect(t, l).works(t, "a new one") },
			func(t *testing.T, c *client) { c.broken(t, "the existing one, healed") },
		},
		"BlackHole": {
			"Everything is swallowed, and what was cannot come back.",
			network.Toxic{Type: network.BlackHole},
			func(t *testing.T, c *client) { c.silent(t, "the existing one") },
			func(t *testing.T, l *network.Link) { connect(t, l).silent(t, "a new one") },
			func(t *testing.T, c *client) { c.broken(t, "the existing one, healed") },
		},
		"Partition": {
			"Nothing passes and nothing is lost.",
			network.Toxic{Type: network.Partition},
			func(t *testing.T, c *client) { c.silent(t, "the existing one") },
			func(t *testing.T, l *network.Link) { connect(t, l).silent(t, "a new one") },
			func(t *testing.T, c *client) {
				_ = c.SetDeadline(time.Now().Add(patience))
				if got, err := c.lines.ReadString('\n'); got != "lost\n" {
					t.Errorf("what was held came out as %q, %v", got, err)
				}
				c.works(t, "the existing one, healed")
			},
		},
		"Latency": {
			"Answers are late.",
			network.Toxic{Type: network.Latency, Latency: time.Minute, Jitter: time.Second},
			func(t *testing.T, c *client) { c.silent(t, "the existing one") },
			func(t *testing.T, l *network.Link) { connect(t, l).silent(t, "a new one") },
			func(t *testing.T, c *client) {
				_ = c.SetDeadline(time.Now().Add(patience))
				if got, err := c.lines.ReadString('\n'); got != "lost\n" {
					t.Errorf("what was late came out as %q, %v", got, err)
				}
				c.works(t, "the existing one, healed")
			},
		},
		"Bandwidth": {
			"One kilobyte a second lets no 100 kB pass.",
			network.Toxic{Type: network.Bandwidth, Rate: 1},
			func(t *testing.T, c *client) {
				if _, err := c.ask(strings.Repeat("x", 100_000), silence); err == nil {
					t.Error("the existing one is as fast as ever")
				}
			},
			func(t *testing.T, l *network.Link) {
				if _, err := connect(t, l).ask(strings.Repeat("x", 100_000), silence); err == nil {
					t.Error("a new one is as fast as ever")
				}
			},
			func(t *testing.T, c *client) {
				_ = c.SetDeadline(time.Now().Add(patience))
				if got, err := c.lines.ReadString('\n'); len(got) != 100_001 || err != nil {
					t.Errorf("%d bytes came out, %v", len(got), err)
				}
				c.works(t, "the existing one, healed")
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := tcpLink(t, newEcho(t).address)
			tc.toxic.Name = "hurt"
			for range 3 {
				c := connect(t, l)
				c.works(t, "before")
				add(t, l, tc.toxic)
				tc.hurt(t, c)
				tc.fresh(t, l)
				remove(t, l, "hurt")
				if tc.healed != nil {
					tc.healed(t, c)
				}
				connect(t, l).works(t, "a connection after the removal")
			}
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

func TestWhatDoesNotPassIsNotRead(t *testing.T) {
	for _, toxic := range []network.Type{network.BlackHole, network.HalfOpen, network.Partition} {
		t.Run(string(toxic), func(t *testing.T) {
			l := tcpLink(t, newEcho(t).address)
			c := connect(t, l)
			c.works(t, "before")
			add(t, l, network.Toxic{Name: "x", Type: toxic})
			before := l.Read()
			c.silent(t, "hurt")
			if got := l.Read(); got != before {
				t.Errorf("%d bytes were read through it", got-before)
			}
		})
	}
}

func TestToxicsAddUp(t *testing.T) {
	l := tcpLink(t, newEcho(t).address)
	c := connect(t, l)
	c.works(t, "before")
	add(t, l, network.Toxic{Name: "hole", Type: network.BlackHole})
	add(t, l, network.Toxic{Name: "late", Type: network.Latency, Latency: time.Millisecond})
	add(t, l, network.Toxic{Name: "cut", Type: network.Refuse})
	c.broken(t, "the existing one")
	refuses(t, l, "with all of them")
	remove(t, l, "hole")
	refuses(t, l, "with the strongest left")
	remove(t, l, "cut")
	connect(t, l).works(t, "with latency only")
	remove(t, l, "late")
	remove(t, l, "late")
	connect(t, l).works(t, "with nothing")
}

func TestAddNamesWhatIsWrong(t *testing.T) {
	l := tcpLink(t, "")
	add(t, l, network.Toxic{Name: "there", Type: network.Reset})
	cases := map[string]struct {
		reason string
		toxic  network.Toxic
		want   string
	}{
		"NoName":  {"It could not be removed.", network.Toxic{Type: network.Reset}, "name:"},
		"Twice":   {"A name is one toxic.", network.Toxic{Name: "there", Type: network.Reset}, "already"},
		"Unknown": {"There are seven.", network.Toxic{Name: "x", Type: "gremlins"}, `"gremlins"`},
		"Jitter":  {"Nothing arrives before it was sent.", network.Toxic{Name: "x", Type: network.Latency, Latency: time.Second, Jitter: time.Minute}, "latency:"},
		"NoRate":  {"That is a partition.", network.Toxic{Name: "x", Type: network.Bandwidth}, "rate:"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := l.Add(t.Context(), tc.toxic); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nerror = %v, want %q in it", tc.reason, err, tc.want)
			}
		})
	}
}

// A client that asks and never reads fills every buffer on its way. A toxic must
// get in all the same.
func TestAClientThatDoesNotReadDelaysNoToxic(t *testing.T) {
	l := tcpLink(t, newEcho(t).address)
	deaf := connect(t, l)
	_ = deaf.SetWriteDeadline(time.Now().Add(time.Second))
	for _, err := deaf.Write(make([]byte, 1<<20)); err == nil; {
		_, err = deaf.Write(make([]byte, 1<<20))
	}
	add(t, l, network.Toxic{Name: "late", Type: network.Latency, Latency: time.Millisecond})
	connect(t, l).works(t, "another client")
	remove(t, l, "late")
}
