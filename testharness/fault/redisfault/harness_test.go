package redisfault_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/redisfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/redisurl"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target is a limiter of which only the Redis is real.
type target struct {
	stack.Stack // has no use here

	set *redisset.Set

	mu       sync.Mutex
	restarts []string
}

var _ redisfault.Target = (*target)(nil)

func (t *target) Redis() *redisset.Set           { return t.set }
func (t *target) NodeNames() []string            { return []string{"node-1", "node-2"} }
func (t *target) DefaultLimit() int              { return 10 }
func (t *target) DefaultWindow() time.Duration   { return time.Minute }
func (t *target) RegistrationTTL() time.Duration { return 3 * time.Second }

func (t *target) RestartNode(_ context.Context, name string, flags ...string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.restarts = append(t.restarts, strings.Join(append([]string{name}, flags...), " "))
	return nil
}

// rig is a Redis with some data, and the clients of a subject and of a node.
type rig struct {
	*target

	subject, node redis.UniversalClient
}

func newRig(t *testing.T, shape redisset.Shape) *rig {
	t.Helper()
	set, err := redisset.Start(t.Context(), redisset.Options{Shape: shape, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{target: &target{set: set}}
	// The subject's user by the nodes' way to connect.
	url := set.NodeURL()
	subject := set.User(redisset.SubjectUser)
	nodes := set.User(redisset.NodeUser)
	theirs := strings.NewReplacer(nodes.Name+":", subject.Name+":", "username="+nodes.Name, "username="+subject.Name, nodes.Password, subject.Password).Replace(url)
	r.node, r.subject = r.open(t, url), r.open(t, theirs)
	t.Cleanup(func() {
		for _, close := range []func() error{r.node.Close, r.subject.Close, set.Close} {
			if err := close(); err != nil {
				t.Error(err)
			}
		}
	})
	r.fill(t)
	return r
}

func (r *rig) open(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	o := redisurl.Options{Timeout: 5 * time.Second}
	if authority := r.set.Authority(); authority != nil {
		o.CAFile = authority.CAFile()
	}
	client, err := redisurl.New(url, o)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// fill writes what a limiter would.
func (r *rig) fill(t *testing.T) {
	t.Helper()
	admin := r.set.Admin()
	for i := range 20 {
		name := fmt.Sprintf("ratelimit:user:%d", i)
		err := admin.ZAdd(t.Context(), name, redis.Z{Score: float64(time.Now().UnixMilli()), Member: "m"}).Err()
		if err == nil {
			err = admin.PExpire(t.Context(), name, time.Hour).Err()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, fields := range map[string][]any{
		"ratelimit:limit:user:1":   {"limit", 3, "window_ms", 60000},
		"ratelimiter:nodes:node-1": {"address", "127.0.0.1:1", "registered_at", "now"},
	} {
		if err := admin.HSet(t.Context(), name, fields...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func (r *rig) inject(t *testing.T, kind, on, with string) fault.Fault {
	t.Helper()
	kinds := redisfault.Kinds()
	i := slices.IndexFunc(kinds, func(k stack.Kind) bool { return k.Name == kind })
	if i < 0 {
		t.Fatalf("there is no %s", kind)
	}
	f, err := kinds[i].New(r.target, on, json.RawMessage(with))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Available(); err != nil {
		t.Fatal(err)
	}
	if err := f.Heal(t.Context()); err != nil {
		t.Errorf("healing what was not injected: %v", err)
	}
	if err := f.Inject(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// reads and writes are what the subject and a node live by.
func (r *rig) reads(ctx context.Context) error {
	return r.subject.ZCard(ctx, "ratelimit:user:1").Err()
}

func (r *rig) writes(ctx context.Context) error {
	return r.node.HSet(ctx, "ratelimiter:nodes:node-1", "address", "127.0.0.1:1").Err()
}

func (r *rig) well(ctx context.Context) error {
	if err := r.set.Whole(ctx); err != nil {
		return err
	}
	if err := r.reads(ctx); err != nil {
		return fmt.Errorf("the subject: %w", err)
	}
	if err := r.writes(ctx); err != nil {
		return fmt.Errorf("a node: %w", err)
	}
	return nil
}

func until(t *testing.T, what string, condition func(context.Context) error) {
	t.Helper()
	if err := wait.For(t.Context(), what, func() (bool, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := condition(ctx)
		return err == nil, err
	}); err != nil {
		t.Fatal(err)
	}
}

// state is all of a Redis that a fault might leave changed: data with expiry,
// settings, users.
func (r *rig) state(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, n := range r.set.Nodes() {
		c := n.Admin()
		for name, value := range c.ConfigGet(t.Context(), "*").Val() {
			if name != "replicaof" && name != "slaveof" { // roles may be exchanged
				all[n.Name()+" config "+name] = value
			}
		}
		for _, name := range []string{"key-load-delay", "loading-process-events-interval-bytes"} {
			all[n.Name()+" config "+name] = c.ConfigGet(t.Context(), name).Val()[name]
		}
		for _, user := range c.ACLList(t.Context()).Val() {
			rules := strings.Fields(user)
			slices.Sort(rules) // Redis has them in any order
			all[n.Name()+" "+strings.Join(rules, " ")] = ""
		}
	}
	masters, err := r.set.Masters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range masters {
		if spaces := n.Admin().InfoMap(t.Context(), "keyspace").Val()["Keyspace"]; len(spaces) > 1 {
			t.Errorf("%s has further databases: %v", n.Name(), spaces)
		}
		for _, name := range n.Admin().Keys(t.Context(), "*").Val() {
			// A key that moves to another server gains a millisecond.
			expiry := n.Admin().PExpireTime(t.Context(), name).Val()
			all["key "+name] = fmt.Sprintf("on %s, expires %d: %v %v", shard(r, n), expiry.Round(10*time.Second),
				n.Admin().ZRangeWithScores(t.Context(), name, 0, -1).Val(), n.Admin().HGetAll(t.Context(), name).Val())
		}
	}
	return all
}

// shard names the server where that is to be kept.
func shard(r *rig, n *redisset.Node) string {
	if r.set.Shape() == redisset.Cluster {
		return n.Name()
	}
	return "the master"
}

func same(t *testing.T, before, after map[string]string, lost ...string) {
	t.Helper()
	for name := range before {
		if slices.ContainsFunc(lost, func(prefix string) bool { return strings.HasPrefix(name, "key "+prefix) }) {
			delete(before, name)
		}
	}
	for name := range after {
		if slices.ContainsFunc(lost, func(prefix string) bool { return strings.HasPrefix(name, "key "+prefix) }) {
			delete(after, name)
		}
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the fault has left traces (-before +after):\n%s", diff)
	}
}
