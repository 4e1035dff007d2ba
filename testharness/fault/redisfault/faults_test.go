package redisfault_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/redisfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// answered wants Redis's own words in an error.
func answered(err error, want string) error {
	if err == nil || !strings.Contains(err.Error(), want) {
		return fmt.Errorf("want %s, got: %w", want, err)
	}
	return nil
}

// sight is one fault and how a plain client sees it.
type sight struct {
	reason         string
	kind, on, with string
	// sees returns nil where the fault is to be seen as it should be.
	sees func(ctx context.Context, r *rig) error
	// breaks are the marks that must be noticed; "hides" begins those of which
	// nobody can tell, and nothing is wrong with them.
	breaks []string
	// lost are prefixes of keys that the fault loses for good.
	lost []string
}

func exists(ctx context.Context, r *rig, name string, want int64) error {
	n, err := r.set.Admin().Exists(ctx, name).Result()
	if err == nil && n != want {
		err = fmt.Errorf("there are %d of %s, want %d", n, name, want)
	}
	return err
}

// everywhere are faults that every shape can have.
func everywhere() map[string]sight {
	bothNodes := []string{"node_down of node-1", "node_down of node-2"}
	return map[string]sight{
		"OutOfMemory": {
			"What needs memory is refused, what reads is not.", "redis_out_of_memory", "", "",
			func(ctx context.Context, r *rig) error {
				return errors.Join(r.reads(ctx), answered(r.writes(ctx), "OOM"))
			}, bothNodes, nil,
		},
		"WrongPasswordOfTheSubject": {
			"The nodes are let in as ever.", "redis_wrong_password", "", `{"of":"operator"}`,
			func(ctx context.Context, r *rig) error {
				return errors.Join(answered(r.reads(ctx), "WRONGPASS"), r.writes(ctx))
			},
			[]string{"hides redis_disconnected"},
			nil,
		},
		"WrongPasswordOfTheNodes": {
			"The subject is let in as ever.", "redis_wrong_password", "", `{"of":"node"}`,
			func(ctx context.Context, r *rig) error {
				return errors.Join(answered(r.writes(ctx), "WRONGPASS"), r.reads(ctx))
			},
			[]string{"node_down"},
			nil,
		},
		"WrongPassword": {
			"Nobody is let in.", "redis_wrong_password", "", "",
			func(ctx context.Context, r *rig) error {
				return errors.Join(answered(r.writes(ctx), "WRONGPASS"), answered(r.reads(ctx), "WRONGPASS"))
			},
			[]string{"node_down", "hides redis_disconnected"},
			nil,
		},
		"NoPermission": {
			"The subject may not read counters, nodes may write them.", "redis_no_permission", "", "",
			func(ctx context.Context, r *rig) error {
				return errors.Join(answered(r.reads(ctx), "NOPERM"), r.writes(ctx), r.subject.Ping(ctx).Err())
			},
			[]string{"hides stale_counter"},
			nil,
		},
		"NoPermissionForThis": {
			"Only what is named is forbidden.", "redis_no_permission", "", `{"of":"node","commands":["hset","client|id"]}`,
			func(ctx context.Context, r *rig) error {
				return errors.Join(answered(r.writes(ctx), "NOPERM"), r.reads(ctx), r.node.HGetAll(ctx, "ratelimiter:nodes:node-1").Err())
			}, nil, nil,
		},
		"NoPermissionForKeys": {
			"The subject may ask for other names only.", "redis_no_permission", "", `{"keys":["ratelimiter:*"]}`,
			func(ctx context.Context, r *rig) error {
				return errors.Join(answered(r.reads(ctx), "NOPERM"), r.writes(ctx), r.subject.HGetAll(ctx, "ratelimiter:nodes:node-1").Err())
			},
			[]string{"hides stale_counter"},
			nil,
		},
		"NoPermissionForOtherKeys": {
			"Counters may still be read.", "redis_no_permission", "", `{"keys":["ratelimit:?*"]}`,
			func(ctx context.Context, r *rig) error {
				return errors.Join(answered(r.subject.HGetAll(ctx, "ratelimiter:nodes:node-1").Err(), "NOPERM"), r.reads(ctx))
			}, nil, nil,
		},
		"WrongType": {
			"The counter is none any more.", "redis_wrong_type", "", "",
			func(ctx context.Context, r *rig) error { return answered(r.reads(ctx), "WRONGTYPE") },
			nil, nil,
		},
		"WrongTypeOfAnotherKey": {
			"What was not there is not there afterwards.", "redis_wrong_type", "", `{"key":"new/key","type":"hash"}`,
			func(ctx context.Context, r *rig) error {
				return answered(r.subject.ZCard(ctx, "ratelimit:new/key").Err(), "WRONGTYPE")
			}, nil, nil,
		},
		"PersistedCounter": {
			"A new counter that stays.", "redis_persisted_counter", "", "",
			func(ctx context.Context, r *rig) error {
				ttl, err := r.set.Admin().TTL(ctx, "ratelimit:quiet").Result()
				if ttl != -1 {
					return fmt.Errorf("it expires in %s, %w", ttl, err)
				}
				return err
			},
			[]string{"stale_counter of quiet"},
			nil,
		},
		"PersistedCounterThatWasThere": {
			"Its expiry comes back.", "redis_persisted_counter", "", `{"key":"user:2"}`,
			func(ctx context.Context, r *rig) error {
				ttl, err := r.set.Admin().TTL(ctx, "ratelimit:user:2").Result()
				if ttl != -1 {
					return fmt.Errorf("it expires in %s, %w", ttl, err)
				}
				return err
			},
			[]string{"stale_counter of user:2"},
			nil,
		},
		"InjectedMembers": {
			"More than the limit, in a counter that goes with them.", "redis_injected_members", "", "",
			func(ctx context.Context, r *rig) error { return counts(ctx, r, "quiet", 21) },
			[]string{"over_limit of quiet"},
			nil,
		},
		"InjectedMembersBesideOthers": {
			"Those that were there stay.", "redis_injected_members", "", `{"key":"user:3","count":2500}`,
			func(ctx context.Context, r *rig) error { return counts(ctx, r, "user:3", 2501) },
			[]string{"over_limit of user:3"},
			nil,
		},
		"RegistryVanished": {
			"A heartbeat cannot bring it back.", "registry_vanished", "node-1", "",
			func(ctx context.Context, r *rig) error { return answered(r.writes(ctx), "WRONGTYPE") },
			[]string{"node_down of node-1"},
			[]string{"ratelimiter:nodes:"},
		},
		"Flush": {
			"All is gone; what was set for good comes back.", "redis_flush", "", "",
			func(ctx context.Context, r *rig) error {
				return errors.Join(exists(ctx, r, "ratelimit:user:1", 0), exists(ctx, r, "ratelimit:limit:user:1", 0))
			}, nil,
			[]string{"ratelimit:user:", "ratelimiter:nodes:"},
		},
	}
}

func counts(ctx context.Context, r *rig, key string, want int64) error {
	from := fmt.Sprint(time.Now().Add(-time.Minute).UnixMilli())
	n, err := r.subject.ZCount(ctx, "ratelimit:"+key, from, "+inf").Result()
	if err == nil && n != want {
		err = fmt.Errorf("%d requests in force, want %d", n, want)
	}
	return err
}

// somewhere are faults of some shapes only.
func somewhere() map[redisset.Shape]map[string]sight {
	readOnly := sight{
		"It serves what it has.", "redis_read_only", "", "",
		func(ctx context.Context, r *rig) error {
			return errors.Join(r.reads(ctx), answered(r.writes(ctx), "READONLY"))
		},
		[]string{"node_down of node-1", "node_down of node-2"},
		nil,
	}
	isLoading := sight{
		"It answers everybody, and only that.", "redis_loading", "", "",
		func(ctx context.Context, r *rig) error {
			return errors.Join(answered(r.reads(ctx), "LOADING"), answered(r.writes(ctx), "LOADING"))
		},
		[]string{"redis_disconnected"},
		nil,
	}
	badTLS := func(kind, want string) sight {
		return sight{
			"Neither reads nor writes get through.", kind, "", "",
			func(ctx context.Context, r *rig) error {
				return errors.Join(answered(r.reads(ctx), want), answered(r.writes(ctx), want))
			},
			[]string{"redis_disconnected"},
			nil,
		}
	}
	return map[redisset.Shape]map[string]sight{
		redisset.Single:  {"ReadOnly": readOnly, "Loading": isLoading},
		redisset.Replica: {"ReadOnly": readOnly},
		redisset.TLS: {
			"Expired":   badTLS("redis_tls_expired", "expired"),
			"WrongName": badTLS("redis_tls_wrong_name", "127.0.0.1"),
			"WrongCA":   badTLS("redis_tls_wrong_ca", "unknown authority"),
			"Loading":   isLoading,
		},
		redisset.Sentinel: {
			"Killed": {
				"For a moment there is none.", "redis_failover", "", "",
				func(ctx context.Context, r *rig) error {
					if r.writes(ctx) == nil {
						return errors.New("a node could write")
					}
					return nil
				}, nil, nil,
			},
		},
		redisset.Cluster: {
			"SlotMoved": {
				"Another master has it.", "redis_slot_moved", "", "",
				func(ctx context.Context, r *rig) error {
					masters, err := r.set.Masters(ctx)
					if err != nil {
						return err
					}
					moved := 0
					for _, n := range masters {
						if err := n.Admin().ZCard(ctx, "ratelimit:user:1").Err(); err != nil && strings.HasPrefix(err.Error(), "MOVED") {
							moved++
						}
					}
					if moved != len(masters)-1 {
						return fmt.Errorf("%d masters say it is elsewhere", moved)
					}
					return r.reads(ctx) // who follows finds it
				}, nil, nil,
			},
		},
	}
}

// Each fault is injected, seen, healed, and leaves nothing behind.
func TestFaults(t *testing.T) {
	for _, shape := range redisset.Shapes() {
		t.Run(string(shape), func(t *testing.T) {
			r := newRig(t, shape)
			cases := somewhere()[shape]
			if shape == redisset.Single || shape == redisset.Cluster {
				maps.Copy(cases, everywhere())
			}
			for name, s := range cases {
				t.Run(name, func(t *testing.T) { r.plays(t, s) })
			}
		})
	}
}

func (r *rig) plays(t *testing.T, s sight) {
	until(t, "redis to be well", r.well)
	if r.set.Shape() == redisset.Sentinel {
		// What the replica does not have yet is lost, as it should be.
		if n, err := r.set.Nodes()[0].Admin().Wait(t.Context(), 1, 5*time.Second).Result(); n != 1 {
			t.Fatalf("the replica lags behind: %v", err)
		}
	}
	before := r.state(t)
	f := r.inject(t, s.kind, s.on, s.with)
	until(t, "the fault to be seen", func(ctx context.Context) error { return s.sees(ctx, r) })
	var breaks []string
	for _, m := range f.Impact().Breaks {
		breaks = append(breaks, m.String())
	}
	for _, m := range f.Impact().Blinds {
		breaks = append(breaks, "hides "+m.String())
	}
	if diff := cmp.Diff(s.breaks, breaks); diff != "" {
		t.Errorf("%s\nit breaks (-want +got):\n%s", s.reason, diff)
	}
	if err := f.Heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.Heal(t.Context()); err != nil {
		t.Errorf("healing twice: %v", err)
	}
	until(t, "redis to be well again", r.well)
	same(t, before, r.state(t), s.lost...)
	r.fill(t) // what was lost
}

// A fault may be cut short at any point, and is healed all the same.
func TestHealingAfterAFailure(t *testing.T) {
	r := newRig(t, redisset.Single)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, s := range everywhere() {
		t.Run(name, func(t *testing.T) {
			before := r.state(t)
			for _, k := range redisfault.Kinds() {
				if k.Name != s.kind {
					continue
				}
				f, err := k.New(r.target, s.on, []byte(s.with))
				if err != nil {
					t.Fatal(err)
				}
				if err := f.Inject(ended); err == nil {
					t.Error("it was injected without time to do so")
				}
				if err := f.Heal(t.Context()); err != nil {
					t.Error(err)
				}
			}
			same(t, before, r.state(t))
		})
	}
}

func TestClientsAreKilled(t *testing.T) {
	r := newRig(t, redisset.Single)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", r.set.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	u := r.set.User(redisset.NodeUser)
	fmt.Fprintf(conn, "AUTH %s %s\r\n", u.Name, u.Password)
	reply := make([]byte, 64)
	if n, err := conn.Read(reply); err != nil || string(reply[:n]) != "+OK\r\n" {
		t.Fatalf("%q, %v", reply, err)
	}
	r.inject(t, "redis_clients_killed", "", `{"of":"node"}`)
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(reply); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the connection is still there: %v", err)
	}
	until(t, "a new one to be made", r.well)
}

func TestClockSkew(t *testing.T) {
	r := newRig(t, redisset.Single)
	f := r.inject(t, "clock_skew", "node-2", `{"offset":"-90s"}`)
	if err := f.Heal(t.Context()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"node-2 --clock-offset=-1m30s", "node-2"}, r.restarts); diff != "" {
		t.Errorf("restarts (-want +got):\n%s", diff)
	}
}

// A failover leaves one master, which is the other one.
func TestFailoverExchangesRoles(t *testing.T) {
	r := newRig(t, redisset.Sentinel)
	f := r.inject(t, "redis_failover", "", `{"how":"request"}`)
	if err := f.Heal(t.Context()); err != nil {
		t.Fatal(err)
	}
	masters, err := r.set.Masters(t.Context())
	if err != nil || len(masters) != 1 || masters[0].Name() != "redis-replica" {
		t.Errorf("masters %v, %v", masters, err)
	}
}

func TestWhatIsNotToBeHad(t *testing.T) {
	r := newRig(t, redisset.Single)
	var missing []string
	for _, k := range redisfault.Kinds() {
		on := ""
		if k.On == stack.OnPart {
			on = "node-1"
		}
		f, err := k.New(r.target, on, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Available(); errors.Is(err, fault.ErrUnavailable) {
			missing = append(missing, k.Name)
		} else if err != nil {
			t.Error(err)
		}
	}
	want := []string{"redis_tls_expired", "redis_tls_wrong_name", "redis_tls_wrong_ca", "redis_failover", "redis_slot_moved"}
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Errorf("not to be had on a single server (-want +got):\n%s", diff)
	}
}

func TestNewRefuses(t *testing.T) {
	kinds := redisfault.Kinds()
	named := func(name string) stack.Kind {
		return kinds[slices.IndexFunc(kinds, func(k stack.Kind) bool { return k.Name == name })]
	}
	cases := map[string]struct {
		reason         string
		stack          stack.Stack
		kind, on, with string
		want           string
	}{
		"NoRedis":       {"Another system has none.", nil, "redis_flush", "", "", "no Redis"},
		"NoNode":        {"The error lists the nodes.", &target{}, "registry_vanished", "redis", "", "node-2"},
		"NoNodeToSkew":  {"The error lists the nodes.", &target{}, "clock_skew", "node-9", "", "node-2"},
		"BadOffset":     {"The error names the parameter.", &target{}, "clock_skew", "node-1", `{"offset":"1x"}`, "with.offset"},
		"BadParameters": {"The error says where.", &target{}, "clock_skew", "node-1", `{"offset":1}`, "with"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := named(tc.kind).New(tc.stack, tc.on, []byte(tc.with))
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), tc.kind) {
				t.Errorf("%s\n%v", tc.reason, err)
			}
		})
	}
}
