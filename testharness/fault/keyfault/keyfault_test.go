package keyfault_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	clientredis "github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/keyfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/redisurl"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target is a limiter without its HTTP.
type target struct {
	stack.Stack // has no use here

	set   *redisset.Set
	store *window.Store
}

var (
	_ keyfault.Target  = (*target)(nil)
	_ keyfault.Checker = (*target)(nil)
)

const limit = 10

func (t *target) Redis() *redisset.Set { return t.set }
func (t *target) DefaultLimit() int    { return limit }
func (t *target) Check(ctx context.Context, key string) error {
	_, err := t.store.Check(ctx, key, t.store.Defaults())
	return err
}

func newTarget(t *testing.T) *target {
	t.Helper()
	set, err := redisset.Start(t.Context(), redisset.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	client, err := redisurl.New(set.NodeURL(), redisurl.Options{Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, close := range []func() error{client.Close, set.Close} {
			if err := close(); err != nil {
				t.Error(err)
			}
		}
	})
	return &target{set: set, store: window.New(client, window.Rule{Limit: limit, WindowMS: 60_000})}
}

func newFault(t *testing.T, on *target, with map[string]string) fault.Fault {
	t.Helper()
	params, err := json.Marshal(with)
	if err != nil {
		t.Fatal(err)
	}
	f, err := keyfault.Kinds()[0].New(on, "", params)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Every key goes over its limit, as the subject's client counts, and no other one
// does; healing leaves nothing.
func TestKeys(t *testing.T) {
	on := newTarget(t)
	subject := on.set.User(redisset.SubjectUser)
	c, err := clientredis.New(clientredis.Options{Addrs: []string{on.set.Address()}, Username: subject.Name, Password: subject.Password})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	seen := map[string]bool{}
	for _, k := range keyfault.Keys() {
		t.Run(k.Name, func(t *testing.T) {
			if !regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`).MatchString(k.Name) || k.Mistaken == "" || seen[k.Key] || len(k.Key) > 1<<20 {
				t.Errorf("%s is no name, or its key is there twice", k.Name)
			}
			seen[k.Key] = true
			f := newFault(t, on, map[string]string{"named": k.Name})
			if err := f.Available(); err != nil {
				t.Fatal(err)
			}
			if err := f.Heal(t.Context()); err != nil {
				t.Error(err)
			}
			if err := f.Inject(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := c.Counters(t.Context(), []string{k.Key}, time.Minute)
			if err != nil || got[0].Err != nil || got[0].InForce <= limit || got[0].NoExpiry {
				t.Errorf("%s: %+v, %v", k.Name, got, err)
			}
			want := []fault.Mark{{Invariant: "over_limit", Entity: k.Key}}
			if k.Name == "invalid_utf8" {
				want[0].Entity = ""
			}
			if diff := cmp.Diff(want, f.Impact().Breaks); diff != "" {
				t.Errorf("impact (-want +got):\n%s", diff)
			}
			if len(f.Name()) > 300 || strings.ContainsAny(f.Name(), "\x00\x1b\n\u202e") {
				t.Errorf("the name is not fit to be printed: %q", f.Name())
			}
			for range 2 {
				if err := f.Heal(t.Context()); err != nil {
					t.Error(err)
				}
			}
			if left := on.set.Admin().Keys(t.Context(), "*").Val(); len(left) > 0 {
				t.Errorf("%d names are left: %.200q", len(left), left)
			}
		})
	}
}

func TestThreeWaysToNameAKey(t *testing.T) {
	on := newTarget(t)
	const key = "a\xff/b"
	cases := map[string]struct {
		reason string
		with   map[string]string
		want   string // the name in Redis
	}{
		"Key":    {"A text is itself.", map[string]string{"key": "a/b\n"}, "ratelimit:a/b\n"},
		"Base64": {"What is no text is written in base64.", map[string]string{"key_base64": base64.StdEncoding.EncodeToString([]byte(key))}, "ratelimit:" + key},
		"Named":  {"Those that the harness has go by their names.", map[string]string{"named": "dot_dot"}, "ratelimit:.."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFault(t, on, tc.with)
			if err := f.Inject(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := on.set.Admin().ZCard(t.Context(), tc.want).Val(); n <= limit {
				t.Errorf("%s\n%d requests", tc.reason, n)
			}
			if err := f.Heal(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		with   string
		want   string
	}{
		"Nothing":   {"A key is needed.", `{}`, "named"},
		"NoName":    {"The error says which one there is not.", `{"named":"backdoor"}`, "backdoor"},
		"BadBase64": {"The error names the parameter.", `{"key_base64":"%"}`, "key_base64"},
		"BadType":   {"The error says where.", `{"key":1}`, "with"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := keyfault.Kinds()[0].New(&target{}, "", []byte(tc.with)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\n%v", tc.reason, err)
			}
		})
	}
}

// A key that others use loses what was injected and nothing else.
func TestAKeyInUse(t *testing.T) {
	on := newTarget(t)
	if err := on.Check(t.Context(), "user:1"); err != nil {
		t.Fatal(err)
	}
	f := newFault(t, on, map[string]string{"key": "user:1"})
	if err := f.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin := on.set.Admin()
	left := admin.ZCard(t.Context(), "ratelimit:user:1").Val()
	if seq := admin.Get(t.Context(), "ratelimit:user:1:seq").Val(); left != 2 || seq != "2" {
		t.Errorf("%d requests and %s are left, want the two that were checked", left, seq)
	}
}

// What another key has in the place of the sequence stays.
func TestHealingTouchesNoOtherKey(t *testing.T) {
	on := newTarget(t)
	f := newFault(t, on, map[string]string{"key": "a"})
	if err := on.set.Admin().ZAdd(t.Context(), "ratelimit:a:seq", redis.Z{Score: 1, Member: "of a:seq"}).Err(); err != nil {
		t.Fatal(err)
	}
	if err := f.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ratelimit:a:seq"}, on.set.Admin().Keys(t.Context(), "*").Val()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func ExampleNamed() {
	key, ok := keyfault.Named("dot_dot")
	fmt.Printf("%q %t: %s\n", key.Key, ok, key.Mistaken)
	// Output: ".." true: the directory above
}
