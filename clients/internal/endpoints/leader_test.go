package endpoints

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

func newGroup(t *testing.T, options Options) *Group {
	t.Helper()
	g, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// hosts is the order in which a call would be tried.
func hosts(g *Group) string {
	var hosts []string
	for _, e := range g.order() {
		hosts = append(hosts, e.host)
	}
	return strings.Join(hosts, " ")
}

func TestFollow(t *testing.T) {
	plain := []string{"http://a:1", "http://user:SECRET@B:80/prefix", "http://c"}
	cases := map[string]struct {
		reason   string
		urls     []string // configured; nil: plain
		injected bool
		leader   []string
		want     string
	}{
		"None":            {reason: "No leader changes nothing.", want: "a:1 B:80 c"},
		"Configured":      {reason: "A configured one is itself, and not twice.", leader: []string{"http://c:80"}, want: "c a:1 B:80"},
		"OtherCase":       {reason: "Host names have no case.", leader: []string{"http://b:80"}, want: "B:80 a:1 c"},
		"SecondURL":       {reason: "Any of its URLs will do, before a stranger.", leader: []string{"http://x:1", "http://a:1"}, want: "a:1 B:80 c"},
		"Stranger":        {reason: "One that is not configured comes before them.", leader: []string{"http://x:1", "http://y:1"}, want: "x:1 a:1 B:80 c"},
		"IPv6":            {reason: "By address too.", leader: []string{"http://[::1]:2379"}, want: "[::1]:2379 a:1 B:80 c"},
		"Injected":        {reason: "A transport that is not known goes to no stranger.", injected: true, leader: []string{"http://x:1"}, want: "a:1 B:80 c"},
		"InjectedKnown":   {reason: "But to those that are configured.", injected: true, leader: []string{"http://c:80"}, want: "c a:1 B:80"},
		"NoPort":          {reason: "A client URL has a port.", leader: []string{"http://x"}, want: "a:1 B:80 c"},
		"OtherScheme":     {reason: "TLS is not begun by a claim.", leader: []string{"https://x:1"}, want: "a:1 B:80 c"},
		"Downgrade":       {reason: "Nor ended by one.", urls: []string{"https://a:1"}, leader: []string{"http://x:1"}, want: "a:1"},
		"TLS":             {reason: "It goes on.", urls: []string{"https://a:1"}, leader: []string{"https://x:1"}, want: "x:1 a:1"},
		"Path":            {reason: "Nothing but scheme, host and port.", leader: []string{"http://x:1/admin"}, want: "a:1 B:80 c"},
		"Slash":           {reason: "Nothing but scheme, host and port.", leader: []string{"http://x:1/"}, want: "a:1 B:80 c"},
		"User":            {reason: "Nothing but scheme, host and port.", leader: []string{"http://u:p@x:1"}, want: "a:1 B:80 c"},
		"Query":           {reason: "Nothing but scheme, host and port.", leader: []string{"http://x:1?a"}, want: "a:1 B:80 c"},
		"Bare":            {reason: "Nothing less either.", leader: []string{"x:1"}, want: "a:1 B:80 c"},
		"Unix":            {reason: "Only HTTP.", leader: []string{"unix://x:1"}, want: "a:1 B:80 c"},
		"Escapes":         {reason: "No tricks in the host.", leader: []string{"http://x%2f:1", "http://x\r\nY: z:1", "http://еxample:1"}, want: "a:1 B:80 c"},
		"Hostile":         {reason: "A bad one does not hide a good one.", leader: []string{"\x00", "http://x:0", "http://y:1"}, want: "y:1 a:1 B:80 c"},
		"Endless":         {reason: "No more are looked at than a member has.", leader: append(strings.Split(strings.Repeat("bad ", 16), " ")[:16], "http://x:1"), want: "a:1 B:80 c"},
		"UserIsNotTheirs": {reason: "Credentials stay where they were configured.", leader: []string{"http://user:SECRET@b:80"}, want: "a:1 B:80 c"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			urls := tc.urls
			if urls == nil {
				urls = plain
			}
			options := Options{URLs: urls}
			if tc.injected {
				options.HTTPClient = &http.Client{}
			}
			g := newGroup(t, options)
			g.Follow(tc.leader)
			if got := hosts(g); got != tc.want {
				t.Errorf("%s\nwould try %s, want %s", tc.reason, got, tc.want)
			}
			if first := g.order()[0]; first.index < 0 && (first.user != nil || first.prefix != "") {
				t.Errorf("%s\na stranger gets %v", tc.reason, first.user)
			}
		})
	}
}

func TestLeaderIsSetAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGroup(t, Options{URLs: []string{"http://a:1", "http://b:1"}})
		for _, leader := range []string{"http://x:1", "http://b:1"} {
			g.Follow([]string{leader})
			order := g.order()
			g.lead.failed(order[1], &failure.Error{Class: failure.Failing})
			g.lead.failed(order[0], &failure.Error{Class: failure.Canceled})
			if g.order()[0].host != order[0].host {
				t.Errorf("%s was set aside for another's failure, or its caller's", leader)
			}
			g.lead.failed(order[0], &failure.Error{Class: failure.Unreachable})
			if got := hosts(g); got != "a:1 b:1" {
				t.Errorf("after %s failed would try %s", leader, got)
			}
			g.Follow([]string{leader})
			if got := hosts(g); got != "a:1 b:1" {
				t.Errorf("named again at once, would try %s", got)
			}
			time.Sleep(setAsideFor)
			g.Follow([]string{leader})
			if g.order()[0].host != order[0].host {
				t.Errorf("%s is not tried again after a minute", leader)
			}
		}
		g.Follow(nil)
		if got := hosts(g); got != "a:1 b:1" {
			t.Errorf("without a leader would try %s", got)
		}
	})
}

func TestLeaderThatLosesIsSetAside(t *testing.T) {
	g := newGroup(t, Options{URLs: []string{"http://a:1", "http://b:1"}})
	g.Follow([]string{"http://x:1"})
	order := g.order()
	g.answered(order, order[0])
	if got := hosts(g); got != "x:1 a:1 b:1" {
		t.Errorf("after the leader answered would try %s", got)
	}
	g.answered(order, order[2])
	if got := hosts(g); got != "b:1 a:1" {
		t.Errorf("after another was faster would try %s", got)
	}
}

func TestConfigured(t *testing.T) {
	g := newGroup(t, Options{URLs: []string{"http://a:1", "http://u:p@b:1/x"}})
	for raw, want := range map[string]bool{"http://a:1": true, "http://u:p@b:1/x": true, "http://b:1/x": false, "": false} {
		if _, ok := g.Configured(raw); ok != want {
			t.Errorf("Configured(%q) = %t", raw, ok)
		}
	}
}

func TestRequestHoldsItsPath(t *testing.T) {
	e, _ := Parse("http://h/p%2Fx")
	req, err := Request{Method: http.MethodGet, Path: "/a/b", Escaped: "/a%2Fb", Query: "k=%00"}.Build(t.Context(), e, "test")
	if err != nil || req.URL.RequestURI() != "/p%2Fx/a%2Fb?k=%00" {
		t.Errorf("got %v, %v", req, err)
	}
	if _, err := (Request{Method: http.MethodGet, Path: "/a", Escaped: "/b"}).Build(t.Context(), e, "test"); err == nil {
		t.Error("two different paths were taken for one")
	}
	got := (Request{Method: http.MethodPut, Path: "/a"}).Invalid("x")
	if diff := cmp.Diff("PUT /a: invalid: x", got.Error()); diff != "" || got.Sent {
		t.Error(diff)
	}
}
