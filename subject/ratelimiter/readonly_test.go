package ratelimiter

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestObservingChangesNothing watches what a Redis and a limiter are asked by
// three observations, and that the Redis holds afterwards what it held before.
func TestObservingChangesNothing(t *testing.T) {
	f := newFake(t)
	f.manyCounters(60)
	f.rdb.HSet(t.Context(), "ratelimit:limit:key-001", "limit", 5, "window_ms", 1000)
	f.rdb.Set(t.Context(), "ratelimit:key-001:seq", "7", 0)
	f.rdb.Persist(t.Context(), "ratelimit:key-002")
	f.fill("key-003", 50) // over its limit, and the API does not know it
	dump := func() map[string]string {
		all := make(map[string]string)
		for _, key := range f.rdb.Keys(t.Context(), "*").Val() {
			all[key] = f.rdb.Dump(t.Context(), key).Val() + fmt.Sprint(f.rdb.PTTL(t.Context(), key).Val() < 0)
		}
		return all
	}
	before := dump()
	f.calls()

	commands := monitor(t, f)
	s := open(t, f.config(nil))
	for range 3 {
		observe(t, s)
	}
	asked := commands()
	// What a connection says of itself, and what only looks.
	known := []string{"client", "dbsize", "exists", "hello", "hmget", "info", "ping", "pttl", "scan", "time", "type", "zcard", "zcount"}
	for _, command := range slices.Sorted(maps.Keys(asked)) {
		if !slices.Contains(known, command) {
			t.Errorf("Redis was asked to %s", command)
		}
	}
	if asked["scan"] == 0 || asked["zcount"] == 0 {
		t.Errorf("Redis was asked %v; want that it was read at all", asked)
	}
	for _, call := range f.calls() {
		if !strings.HasPrefix(call, "GET ") {
			t.Errorf("the limiter was asked to %s", call)
		}
	}
	if diff := cmp.Diff(before, dump()); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

// monitor counts the commands that the fake's Redis is given until the returned
// function is called.
func monitor(t *testing.T, f *fake) func() map[string]int {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", f.rdb.Options().Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(conn)
	if _, err := io.WriteString(conn, "MONITOR\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := lines.ReadString('\n'); line != "+OK\r\n" {
		t.Fatalf("MONITOR: %q, %v", line, err)
	}
	return func() map[string]int {
		t.Helper()
		const end = "that is all"
		f.rdb.Echo(t.Context(), end)
		asked := make(map[string]int)
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, end) {
				return asked
			}
			_, command, _ := strings.Cut(line, `] "`)
			command, _, _ = strings.Cut(command, `"`)
			asked[strings.ToLower(command)]++
		}
	}
}
