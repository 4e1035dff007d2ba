//go:build unix

package processfault_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/faulttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/processfault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var _ stack.Starter = (*process.Process)(nil)

// named gives a process another name: two Redis are two parts.
type named struct {
	*process.Process
	name string
}

func (n named) Name() string { return n.name }

// redis starts servers as parts redis-1, redis-2 and so on.
func redis(t *testing.T, count int) (*faulttest.Stack, []*process.Process, []string) {
	t.Helper()
	s := &faulttest.Stack{}
	var all []*process.Process
	var addresses []string
	for i := range count {
		p, address, err := servers.StartRedis(faulttest.Context(t), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.Close() })
		s.PartList = append(s.PartList, named{p, "redis-" + string(rune('1'+i))})
		all, addresses = append(all, p), append(addresses, address)
	}
	return s, all, addresses
}

// ping tells how a server answers within a moment.
func ping(address string) error {
	c, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(200 * time.Millisecond))
	if _, err := c.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	_, err = c.Read(make([]byte, 16))
	return err
}

func serves(address string) error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		err := ping(address)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func TestKinds(t *testing.T) { faulttest.CheckKinds(t, processfault.Kinds()) }

// Each kind is injected and healed, twice, and healing needs no injection.
func TestProcessFaults(t *testing.T) {
	cases := map[string]struct {
		reason string
		with   string
		state  process.State
		other  bool // it is another process then
	}{
		"kill":       {"It is gone.", "", process.Exited, true},
		"hang":       {"It is there and says nothing.", "", process.Hung, false},
		"restart":    {"It is another one at once.", "", process.Running, true},
		"slow_start": {"The next one does not get ready.", `{"for": "5m"}`, process.Hung, true},
	}
	for kind, tc := range cases {
		t.Run(kind, func(t *testing.T) {
			s, p, addresses := redis(t, 2)
			spec := stack.Spec{Kind: kind, On: "redis-1,redis-2", With: json.RawMessage(tc.with)}
			f := faulttest.Make(t, processfault.Kinds(), s, spec)
			faulttest.Do(t, "heal what was not injected", f.Heal)
			for range 2 {
				first := p[0].PID()
				faulttest.Do(t, "inject", f.Inject)
				for i := range p {
					if p[i].State() != tc.state {
						t.Errorf("%s: redis-%d is %s, want %s", tc.reason, i+1, p[i].State(), tc.state)
					}
					if tc.state != process.Running && ping(addresses[i]) == nil {
						t.Errorf("%s: redis-%d answers", tc.reason, i+1)
					}
				}
				faulttest.Do(t, "heal", f.Heal)
				faulttest.Do(t, "heal again", f.Heal)
				if other := p[0].PID() != first; other != tc.other {
					t.Errorf("%s: another process: %t, want %t", tc.reason, other, tc.other)
				}
				for _, a := range addresses {
					if err := serves(a); err != nil {
						t.Errorf("%s: healed: %v", tc.reason, err)
					}
				}
			}
		})
	}
}

func TestSlowStartEndsByItself(t *testing.T) {
	s, p, addresses := redis(t, 1)
	f := faulttest.Make(t, processfault.Kinds(), s, stack.Spec{Kind: "slow_start", On: "redis-1", With: json.RawMessage(`{"for": "50ms"}`)})
	faulttest.Do(t, "inject", f.Inject)
	if err := wait.For(faulttest.Context(t), "redis to begin by itself", func() (bool, error) {
		return p[0].State() == process.Running, nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := serves(addresses[0]); err != nil {
		t.Error(err)
	}
	pid := p[0].PID()
	faulttest.Do(t, "heal", f.Heal)
	if p[0].PID() != pid {
		t.Error("healing started it once more")
	}
}

// What others did meanwhile is respected.
func TestHealFindsThingsChanged(t *testing.T) {
	cases := map[string]struct {
		reason string
		kind   string
		change func(p *process.Process) error
		want   process.State
	}{
		"KilledAndBack":   {"Somebody else started it.", "kill", func(p *process.Process) error { return p.Restart(t.Context()) }, process.Running},
		"HungAndGone":     {"Who killed it starts it again.", "hang", func(p *process.Process) error { return p.Kill() }, process.Exited},
		"HungAndResumed":  {"There is nothing to do.", "hang", func(p *process.Process) error { return p.Resume() }, process.Running},
		"SlowAndGone":     {"It must serve in the end.", "slow_start", func(p *process.Process) error { return p.Kill() }, process.Running},
		"RestartedAndDie": {"It must serve in the end.", "restart", func(p *process.Process) error { return p.Kill() }, process.Running},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, p, _ := redis(t, 1)
			f := faulttest.Make(t, processfault.Kinds(), s, stack.Spec{Kind: tc.kind, On: "redis-1"})
			faulttest.Do(t, "inject", f.Inject)
			if err := tc.change(p[0]); err != nil {
				t.Fatal(err)
			}
			pid := p[0].PID()
			faulttest.Do(t, "heal", f.Heal)
			if got := p[0].State(); got != tc.want {
				t.Errorf("%s\nstate = %s, want %s", tc.reason, got, tc.want)
			}
			if name == "KilledAndBack" && p[0].PID() != pid {
				t.Error("it was started once more")
			}
		})
	}
}

// One that fails keeps nobody else from being hurt or healed.
func TestEveryPartIsHurtAndHealed(t *testing.T) {
	s, p, addresses := redis(t, 2)
	f := faulttest.Make(t, processfault.Kinds(), s, stack.Spec{Kind: "hang", On: "redis-1,redis-2"})
	if err := p[0].Kill(); err != nil {
		t.Fatal(err)
	}
	if err := f.Inject(faulttest.Context(t)); !errors.Is(err, process.ErrNotRunning) || p[1].State() != process.Hung {
		t.Errorf("inject = %v, the other is %s: want an error, and the other hung", err, p[1].State())
	}
	faulttest.Do(t, "heal", f.Heal)
	if err := serves(addresses[1]); err != nil {
		t.Error(err)
	}
	k := faulttest.Make(t, processfault.Kinds(), s, stack.Spec{Kind: "kill", On: "redis-1,redis-2"})
	faulttest.Do(t, "inject", k.Inject)
	if err := p[0].Close(); err != nil {
		t.Fatal(err)
	}
	if err := k.Heal(faulttest.Context(t)); !errors.Is(err, process.ErrClosed) {
		t.Errorf("heal = %v, want that one is closed", err)
	}
	if err := serves(addresses[1]); err != nil {
		t.Errorf("the other was not healed: %v", err)
	}
}

func TestErrorsNameTheField(t *testing.T) {
	s, _, _ := redis(t, 1)
	cases := map[string]struct {
		reason         string
		kind, on, with string
		want           string
	}{
		"NoSuchPart":   {"The ones there are help.", "kill", "node-9", "", "redis-1"},
		"Twice":        {"It cannot be killed twice.", "kill", "redis-1,redis-1", "", "twice"},
		"Parameters":   {"There are none.", "hang", "redis-1", `{"for": "1s"}`, `"for"`},
		"NoDuration":   {"A number has no unit.", "slow_start", "redis-1", `{"for": 5}`, "for"},
		"BadDuration":  {"Neither has this.", "slow_start", "redis-1", `{"for": "soon"}`, "with.for"},
		"LongDuration": {"No scenario lasts so long.", "slow_start", "redis-1", `{"for": "1h"}`, "with.for"},
		"UnknownField": {"It would do nothing.", "slow_start", "redis-1", `{"four": "1s"}`, "four"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := faulttest.Try(t, processfault.Kinds(), s, stack.Spec{Kind: tc.kind, On: tc.on, With: json.RawMessage(tc.with)})
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), tc.kind+": ") {
				t.Errorf("%s\nerror = %v, want %q in it", tc.reason, err, tc.want)
			}
		})
	}
}
