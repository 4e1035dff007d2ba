package redis

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestChangedKeepsNamesApart(t *testing.T) {
	c := newChanged("p:", 100)
	for _, name := range []string{"p:a", "p:a:seq", "p:b:seq", "p:c:seq:seq", "p:limit:d", "p:limit:e:seq", "q:f", "p:a"} {
		c.note(name)
	}
	want := []string{"a", "a:seq", "b:seq", "c:seq:seq", "d", "e:seq", "limit:d", "limit:e:seq"}
	for _, key := range want {
		if !c.has(key) {
			t.Errorf("%s is not in it", key)
		}
	}
	for _, key := range []string{"b", "c:seq", "e", "limit:e", "f"} {
		if c.has(key) {
			t.Errorf("%s is in it", key)
		}
	}
	if got := c.drain(100); len(got) > 0 {
		t.Errorf("%q were told since the step began, and are given to it", got)
	}
	c.turn()
	c.note("p:later")
	got := c.drain(100)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if n, lost := c.state(); n != 0 || lost != "" || c.bytes != len("later") {
		t.Errorf("%d are left, %d bytes, %s", n, c.bytes, lost)
	}
}

// TestChangedAgain: a key that is due and changes once more is due again, and
// takes no more than its place.
func TestChangedAgain(t *testing.T) {
	c := newChanged("p:", 100)
	c.note("p:a")
	c.turn()
	c.note("p:a:seq")
	c.note("p:b")
	c.turn()
	got := c.drain(100)
	if slices.Sort(got); !slices.Equal(got, []string{"a", "a:seq", "b"}) || c.bytes != 0 {
		t.Errorf("%q are due, and %d bytes of others; want a, a:seq, b", got, c.bytes)
	}
}

func TestChangedIsBounded(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		key    func(i int) string
	}{
		"Keys":  {reason: "a hundred", key: func(i int) string { return fmt.Sprintf("p:%d", i) }},
		"Bytes": {reason: "of a megabyte each", key: func(i int) string { return fmt.Sprintf("p:%d%s", i, strings.Repeat("k", 1<<20)) }},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChanged("p:", 100)
			for i := range 101 {
				c.note(tc.key(i))
			}
			if n, lost := c.state(); n != 0 || lost == "" || c.bytes != 0 {
				t.Errorf("%s: %d are kept, %d bytes, %q", tc.reason, n, c.bytes, lost)
			}
			c.lose("something else")
			if _, lost := c.state(); lost == "something else" {
				t.Error("the first reason is forgotten")
			}
			c.reset()
			if c.note("p:a"); !c.has("a") {
				t.Error("it does not begin anew")
			}
		})
	}
}

func TestMoving(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(3)
		see := func(key string, window time.Duration) {
			m.seen(&Counter{Key: key, Present: true, InForce: 1, Window: window}, time.Now())
		}
		due := func() string {
			keys := m.drain(10, time.Now())
			slices.Sort(keys)
			return strings.Join(keys, " ")
		}
		see("minute", time.Minute)
		see("second", time.Second)
		see("again", time.Second)
		m.seen(&Counter{Key: "empty", Present: true, Window: time.Second}, time.Now())
		if got := due(); got != "" {
			t.Errorf("at once: %s", got)
		}
		time.Sleep(time.Second)
		see("again", 10*time.Second)
		time.Sleep(2 * time.Second)
		if n := m.waiting(time.Now()); n != 2 {
			t.Errorf("%d wait", n)
		}
		if got := due(); got != "second" {
			t.Errorf("after 3 s: %s", got)
		}
		time.Sleep(10 * time.Second)
		if got := due(); got != "again" {
			t.Errorf("after 13 s: %s", got)
		}
		time.Sleep(time.Minute)
		if got := due(); got != "minute" || len(m.due) != 0 || m.bytes != 0 || len(m.at) > 1 {
			t.Errorf("after a minute: %s, %+v", got, m)
		}
		for i := range 4 {
			see(fmt.Sprint(i), time.Duration(10-i)*time.Second)
		}
		if m.over(time.Now()) || len(m.due) != 3 {
			t.Errorf("%d are remembered, and it is over already", len(m.due))
		}
		if time.Sleep(7*time.Second + time.Millisecond); !m.over(time.Now()) {
			t.Error("the window of one that did not fit has moved on")
		}
	})
}
