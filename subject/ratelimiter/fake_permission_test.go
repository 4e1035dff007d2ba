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
