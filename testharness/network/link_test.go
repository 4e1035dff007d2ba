package network_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestALinkPassesWhatItIsGiven(t *testing.T) {
	l := tcpLink(t, newEcho(t).address)
	c := connect(t, l)
	c.works(t, "the first line")
	if got := l.Read(); got != int64(len("hello\n")) {
		t.Errorf("Read() = %d bytes, want 6", got)
	}
	sent := bytes.Repeat([]byte("0123456789abcde\n"), 1<<16) // 1 MiB
	go func() { _, _ = c.Write(sent) }()
	got := make([]byte, len(sent))
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.ReadFull(c.lines, got); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("a megabyte came back changed (%v)", err)
	}
	if l.Name() != "node-1->redis" || l.From() != "node-1" || l.To() != "redis" || l.HTTP() {
		t.Errorf("the link says it is %s, from %s, to %s, http %t", l.Name(), l.From(), l.To(), l.HTTP())
	}
}

func TestALinkMirrorsItsServer(t *testing.T) {
	s := newEcho(t)
	l := tcpLink(t, s.address)
	c := connect(t, l)
	c.works(t, "before")
	s.stop()
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Errorf("the server's orderly end came out as %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := wait.For(ctx, "the link to refuse", func() (bool, error) {
		c, err := dial(l.Address())
		if err == nil {
			return false, c.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED), nil
	}); err != nil {
		t.Fatal(err)
	}
	refuses(t, l, "while the server is gone")
	s.start(t)
	comesBack(t, l)
}

func TestRetarget(t *testing.T) {
	l := tcpLink(t, "")
	refuses(t, l, "leading nowhere")
	if err := l.Retarget(newEcho(t).address); err != nil {
		t.Fatal(err)
	}
	c := connect(t, l)
	c.works(t, "after it leads somewhere")
	if err := l.Retarget(newEcho(t).address); err != nil {
		t.Fatal(err)
	}
	c.broken(t, "a connection to where the server was")
	connect(t, l).works(t, "the second server")
	if err := l.Retarget(""); err != nil {
		t.Fatal(err)
	}
	refuses(t, l, "leading nowhere again")
	if err := l.Retarget("nonsense"); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Errorf("error = %v", err)
	}
}

func TestNet(t *testing.T) {
	n := newNet(t)
	first, err := n.TCP(t.Context(), "operator", "redis", "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := n.HTTP(t.Context(), "operator", "node-1", "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if got := n.Links(); len(got) != 2 || got[0] != first || got[1] != second || !second.HTTP() {
		t.Errorf("Links() = %v, want the two in order", got)
	}
	cases := map[string]struct {
		reason             string
		from, to, upstream string
		want               string
	}{
		"Twice":         {"A name is one link.", "operator", "redis", "", "one already"},
		"NoFrom":        {"A name has two sides.", "", "redis", "", "from:"},
		"Wildcard":      {"A star is what faults say.", "operator", "*", "", "to:"},
		"ArrowInName":   {"The name could not be read back.", "a->b", "c", "", "from:"},
		"WrongUpstream": {"A server is host:port.", "operator", "node-2", "redis", "upstream:"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := n.TCP(t.Context(), tc.from, tc.to, tc.upstream); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nerror = %v, want %q in it", tc.reason, err, tc.want)
			}
		})
	}
	if err := errors.Join(n.Close(), n.Close()); err != nil {
		t.Fatal(err)
	}
	refuses(t, first, "a closed network")
	_, err = n.TCP(t.Context(), "a", "b", "")
	for what, err := range map[string]error{
		"TCP": err, "Retarget": first.Retarget("127.0.0.1:1"),
		"Add": first.Add(t.Context(), network.Toxic{Name: "x", Type: network.Reset}),
	} {
		if !errors.Is(err, network.ErrClosed) {
			t.Errorf("%s on a closed network = %v, want ErrClosed", what, err)
		}
	}
}

func TestMatches(t *testing.T) {
	names := []string{"operator->node-1", "operator->redis", "node-1->redis", "prometheus->node-1"}
	cases := map[string]struct {
		reason, pattern string
		want            []string
	}{
		"Exact":     {"A name is a pattern.", "operator->redis", names[1:2]},
		"From":      {"All that one side connects to.", "operator->*", names[:2]},
		"To":        {"All that connect to one side.", "*->redis", names[1:3]},
		"All":       {"Everything.", "*->*", names},
		"Prefix":    {"A star may follow something.", "node-*->*", names[2:3]},
		"Inside":    {"A star may be anywhere.", "*pe*or->*-*", names[:1]},
		"Suffix":    {"What follows the star counts.", "*->*-2", nil},
		"NoPrefix":  {"Without a star it is a whole name.", "node->*", nil},
		"NoArrow":   {"That is no pattern.", "redis", nil},
		"OtherSide": {"Directions differ.", "redis->*", nil},
		"Several":   {"Of several patterns one has to match.", "*->node-1, node-1->redis", []string{names[0], names[2], names[3]}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, n := range names {
				if network.Matches(tc.pattern, n) {
					got = append(got, n)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n%s", tc.reason, diff)
			}
		})
	}
}
