package ratelimiter

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// TestPermissionIsGivenBack: while the subject may not read the limiter's keys it
// cannot tell sequences from counters either. Afterwards it can, and none is
// waited for that is no counter.
func TestPermissionIsGivenBack(t *testing.T) {
	f := newFake(t)
	f.rdb.Set(t.Context(), "ratelimit:key-1:seq", "7", 0)
	user := func(rules ...string) {
		t.Helper()
		if err := f.rdb.ACLSetUser(t.Context(), "looker", append([]string{"on", ">secret", "+@all", "resetkeys"}, rules...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	user("~*")
	s := open(t, f.config(map[string]any{
		"redis": map[string]any{"url": "redis://looker:secret@" + f.rdb.Options().Addr},
	}))
	read := []string{overLimit, staleCounter, counterDrift}
	look := func() map[string]protocol.Verdict {
		t.Helper()
		o := observe(t, s)
		unknown := unjudged(o)
		got := make(map[string]protocol.Verdict, len(read))
		for _, name := range read {
			if v, is := unknown[name]; is {
				got[name] = v
			}
		}
		return got
	}
	if diff := cmp.Diff(map[string]protocol.Verdict{}, look()); diff != "" {
		t.Fatalf("before (-want +got):\n%s", diff)
	}
	user("~elsewhere:*")
	want := map[string]protocol.Verdict{overLimit: protocol.Unknown, staleCounter: protocol.Unknown, counterDrift: protocol.Unknown}
	if diff := cmp.Diff(want, look()); diff != "" {
		t.Errorf("without permission (-want +got):\n%s", diff)
	}
	user("~*")
	for range 2 { // what was wrong is read again, and then no more
		if diff := cmp.Diff(map[string]protocol.Verdict{}, look()); diff != "" {
			t.Errorf("with permission again (-want +got):\n%s", diff)
		}
	}
}

// TestNoPermissionToCount: where every key is refused there is nothing that was
// read in part.
func TestNoPermissionToCount(t *testing.T) {
	f := newFake(t)
	user := func(rules ...string) {
		t.Helper()
		if err := f.rdb.ACLSetUser(t.Context(), "looker", append([]string{"on", ">secret", "~*"}, rules...)...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	user("+@all")
	s := open(t, f.config(map[string]any{
		"redis": map[string]any{"url": "redis://looker:secret@" + f.rdb.Options().Addr},
	}))
	observe(t, s)
	user("-scan", "-zcard", "-zcount", "-pttl")
	for range 2 {
		o := observe(t, s)
		if got := source(t, o, sourceStored); got.Class != protocol.SourceRefused {
			t.Errorf("the source is %s: %s", got.Class, got.Message)
		}
		for _, name := range []string{overLimit, staleCounter, counterDrift} {
			if got := o.VerdictOn(name, "user:1"); got != protocol.Unknown {
				t.Errorf("%s of a key that could not be read is %s", name, got)
			}
		}
	}
}
