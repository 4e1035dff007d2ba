package window_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

// contents is all that a Redis holds, but for scores, as text by name.
func contents(t *testing.T, r *redistest.Redis) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range r.Client.Keys(t.Context(), "*").Val() {
		switch kind := r.Client.Type(t.Context(), name).Val(); kind {
		case "zset":
			all[name] = "zset " + strings.Join(r.Client.ZRange(t.Context(), name, 0, -1).Val(), " ")
		case "string":
			all[name] = "string " + r.Client.Get(t.Context(), name).Val()
		case "hash":
			fields := r.Client.HGetAll(t.Context(), name).Val()
			all[name] = "hash " + fields["limit"] + " " + fields["window_ms"]
		default:
			t.Fatalf("%s is a %s", name, kind)
		}
	}
	return all
}

// Two user keys may need the same name in Redis. Whoever comes second must not
// destroy what the first has there, and must not be stopped without need.
func TestKeysThatNeedTheSameName(t *testing.T) {
	checked := func(key string) func(context.Context, *window.Store) error {
		return func(ctx context.Context, s *window.Store) error {
			_, err := s.Check(ctx, key, defaults)
			return err
		}
	}
	limited := func(key string) func(context.Context, *window.Store) error {
		return func(ctx context.Context, s *window.Store) error {
			return s.SetLimit(ctx, key, window.Rule{Limit: 5, WindowMS: 1000})
		}
	}
	reset := func(key string, want bool) func(context.Context, *window.Store) error {
		return func(ctx context.Context, s *window.Store) error {
			existed, err := s.Reset(ctx, key)
			if err == nil && existed != want {
				return errors.New("reset says the opposite of what was there")
			}
			return err
		}
	}
	cases := map[string]struct {
		reason   string
		first    func(context.Context, *window.Store) error
		second   func(context.Context, *window.Store) error
		conflict string // the type that is in the way; "" where nothing is
		// names that hold something afterwards, and those of the first that must
		// be as they were.
		names     []string
		untouched []string
	}{
		"CounterInPlaceOfASeq": {
			reason: "A check does without its string where that name is taken.",
			first:  checked("a:seq"), second: checked("a"),
			names:     []string{"ratelimit:a", "ratelimit:a:seq", "ratelimit:a:seq:seq"},
			untouched: []string{"ratelimit:a:seq"},
		},
		"SeqInPlaceOfACounter": {
			reason: "Another key's string is not deleted for a counter.",
			first:  checked("a"), second: checked("a:seq"), conflict: "string",
			names:     []string{"ratelimit:a", "ratelimit:a:seq"},
			untouched: []string{"ratelimit:a", "ratelimit:a:seq"},
		},
		"OwnLimitInPlaceOfACounter": {
			reason: "Nor is another key's own limit.",
			first:  limited("x"), second: checked("limit:x"), conflict: "hash",
			names: []string{"ratelimit:limit:x"}, untouched: []string{"ratelimit:limit:x"},
		},
		"CounterInPlaceOfAnOwnLimit": {
			reason: "A counter is not overwritten by a limit.",
			first:  checked("limit:x"), second: limited("x"), conflict: "zset",
			names:     []string{"ratelimit:limit:x", "ratelimit:limit:x:seq"},
			untouched: []string{"ratelimit:limit:x", "ratelimit:limit:x:seq"},
		},
		"CounterWhereAnOwnLimitWouldBe": {
			reason: "A check reads an own limit from a hash only.",
			first:  checked("limit:x"), second: checked("x"),
			names:     []string{"ratelimit:limit:x", "ratelimit:limit:x:seq", "ratelimit:x", "ratelimit:x:seq"},
			untouched: []string{"ratelimit:limit:x", "ratelimit:limit:x:seq"},
		},
		"OwnLimitWhereASeqWouldBe": {
			reason: "The own limit of x:seq has the name of the string of limit:x.",
			first:  limited("x:seq"), second: checked("limit:x"),
			names: []string{"ratelimit:limit:x", "ratelimit:limit:x:seq"}, untouched: []string{"ratelimit:limit:x:seq"},
		},
		"ResetOfAKeyNamedLikeASeq": {
			reason: "Resetting a:seq does not delete the string of a.",
			first:  checked("a"), second: reset("a:seq", false),
			names: []string{"ratelimit:a", "ratelimit:a:seq"}, untouched: []string{"ratelimit:a", "ratelimit:a:seq"},
		},
		"ResetBesideACounterNamedLikeASeq": {
			reason: "Resetting a does not delete the counter of a:seq.",
			first:  checked("a:seq"), second: reset("a", false),
			names:     []string{"ratelimit:a:seq", "ratelimit:a:seq:seq"},
			untouched: []string{"ratelimit:a:seq", "ratelimit:a:seq:seq"},
		},
		"ResetOfAKeyNamedLikeAnOwnLimit": {
			reason: "Resetting limit:x does not delete the own limit of x.",
			first:  limited("x"), second: reset("limit:x", false),
			names: []string{"ratelimit:limit:x"}, untouched: []string{"ratelimit:limit:x"},
		},
		"ResetBesideAnOwnLimitNamedLikeASeq": {
			reason: "Resetting limit:x does not delete the own limit of x:seq.",
			first:  limited("x:seq"), second: reset("limit:x", false),
			names: []string{"ratelimit:limit:x:seq"}, untouched: []string{"ratelimit:limit:x:seq"},
		},
		"AnOrdinaryReset": {
			reason: "A reset takes the string with it, so that nothing is left.",
			first:  checked("a"), second: reset("a", true),
		},
		"AResetKeepsTheOwnLimit": {
			reason: "To forget the requests is not to forget the limit.",
			first:  limited("a"), second: reset("a", false),
			names: []string{"ratelimit:limit:a"}, untouched: []string{"ratelimit:limit:a"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, r := open(t)
			if err := tc.first(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			before := contents(t, r)
			err := tc.second(t.Context(), s)
			conflict, conflicting := errors.AsType[*window.ConflictError](err)
			switch {
			case conflicting && conflict.Holds != tc.conflict, !conflicting && tc.conflict != "", !conflicting && err != nil:
				t.Errorf("%s\nerror = %v, want a conflict with %q", tc.reason, err, tc.conflict)
			}
			after := contents(t, r)
			names := slices.Sorted(maps.Keys(after))
			if diff := cmp.Diff(tc.names, names); diff != "" {
				t.Errorf("%s\nnames (-want +got):\n%s", tc.reason, diff)
			}
			for _, name := range tc.untouched {
				if diff := cmp.Diff(before[name], after[name]); diff != "" {
					t.Errorf("%s\n%s has changed:\n%s", tc.reason, name, diff)
				}
			}
		})
	}
}

// Whatever else is in the Redis, a check leaves it alone.
func TestAForeignStringBesideACounter(t *testing.T) {
	s, r := open(t)
	if err := r.Client.Set(t.Context(), "ratelimit:k:seq", "not a number", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if got := check(t, s, "k", defaults); !got.Allowed || got.Count != 1 {
		t.Errorf("got %+v, want the first request allowed", got)
	}
	if got := r.Client.Get(t.Context(), "ratelimit:k:seq").Val(); got != "not a number" {
		t.Errorf("the string is now %q", got)
	}
}

func TestAConflictSaysWhatToDo(t *testing.T) {
	s, _ := open(t)
	check(t, s, "a", defaults)
	_, err := s.Check(t.Context(), "a:seq", defaults)
	if err == nil || !strings.Contains(err.Error(), `"ratelimit:a:seq" holds a string of another key`) {
		t.Errorf("error = %v", err)
	}
}
