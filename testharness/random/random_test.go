package random_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/random"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems"
)

// made is a system that only has to be described.
func made() stack.System {
	return stack.System{
		Name: "made", Topology: json.RawMessage(`{"type":"object"}`), LoadSchema: json.RawMessage(`{}`),
		Definition: func() (protocol.Definition, error) {
			return protocol.Definition{
				Name: "made", Version: "1.0.0", Summary: "made for a test",
				ConfigSchema: json.RawMessage(`{"type":"object"}`), StateSchema: json.RawMessage(`{"type":"object"}`),
				Invariants: []protocol.Invariant{{Name: "down", Severity: protocol.Critical}},
			}, nil
		},
		Kinds: []stack.Kind{
			{Name: "kill", Summary: "kills", On: stack.OnPart},
			{Name: "hang", Summary: "hangs", On: stack.OnPart},
			{Name: "black_hole", Summary: "swallows", On: stack.OnLink, With: json.RawMessage(`{"type":"object","properties":{"after":{"type":"string"}}}`)},
			{Name: "full", Summary: "fills", On: stack.OnNothing},
			{Name: "forget", Summary: "has a tell nobody of b", On: stack.OnPart, Needs: []string{"a"}},
		},
		Random: []stack.Spec{
			{Kind: "kill", On: "a"},
			{Kind: "hang", On: "a"},
			{Kind: "hang", On: "b"},
			{Kind: "hang", On: "plugin"},
			{Kind: "black_hole", On: "operator->a"},
			{Kind: "black_hole", On: "operator->*", With: json.RawMessage(`{"after":"1s"}`)},
			{Kind: "black_hole", On: "a->b"},
			{Kind: "full"},
			{Kind: "forget", On: "b"},
		},
	}
}

func all() []stack.System { return append(systems.All(), made()) }

func TestSameSeedSameSchedule(t *testing.T) {
	t.Parallel()
	for _, system := range all() {
		for seed := range uint64(20) {
			first, again := random.Schedule(seed, system, time.Minute), random.Schedule(seed, system, time.Minute)
			if diff := cmp.Diff(first, again); diff != "" {
				t.Errorf("%s, seed %d: two schedules (-first +again):\n%s", system.Name, seed, diff)
			}
		}
	}
	if cmp.Equal(random.Schedule(1, made(), time.Minute), random.Schedule(2, made(), time.Minute)) {
		t.Error("two seeds, one schedule")
	}
}

func TestSchedulesAreValid(t *testing.T) {
	t.Parallel()
	for _, system := range all() {
		for _, d := range []time.Duration{0, 10 * time.Second, time.Minute, 10 * time.Minute} {
			for seed := range uint64(3) {
				if err := random.Schedule(seed, system, d).Validate(system); err != nil {
					t.Errorf("%s, seed %d, %s: %v", system.Name, seed, d, err)
				}
			}
		}
	}
}

func TestLongSchedulesAreBounded(t *testing.T) {
	t.Parallel()
	s := random.Schedule(1, made(), 7*24*time.Hour)
	if n := len(s.Steps); n < 1000 || n > random.MaxSteps || s.Bound > 24*time.Hour {
		t.Errorf("a week has %d steps and is bounded by %s", n, s.Bound)
	}
}

// TestSchedules plays schedules on paper.
func TestSchedules(t *testing.T) {
	t.Parallel()
	overlaps, quiet, kinds := 0, 0, map[string]bool{}
	for seed := range uint64(100) {
		const d = 2 * time.Minute
		s := random.Schedule(seed, made(), d)
		there := map[string]stack.Spec{}
		var waited time.Duration
		for i, step := range s.Steps {
			switch {
			case step.Wait > 0:
				waited += step.Wait
			case step.Heal == scenario.AllFaults:
				if i != len(s.Steps)-1 {
					t.Errorf("seed %d: all are healed in step %d of %d", seed, i, len(s.Steps))
				}
				clear(there)
			case step.Heal != "":
				if _, ok := there[step.Heal]; !ok {
					t.Errorf("seed %d: step %d heals %s, which is not there", seed, i, step.Heal)
				}
				if delete(there, step.Heal); len(there) == 0 {
					quiet++
				}
			default:
				kinds[step.Fault.Kind+" "+step.Fault.On] = true
				for _, other := range there {
					overlaps++
					if other.Kind == "forget" && step.Fault.On == "a" || other.On == "a" && step.Fault.Kind == "forget" {
						t.Errorf("seed %d: %v while there is %v, which it needs", seed, *step.Fault, other)
					}
					if other.On == step.Fault.On || other.Kind == "full" && step.Fault.Kind != "black_hole" ||
						other.Kind == "black_hole" && step.Fault.Kind == "black_hole" && (other.On == "operator->*") && step.Fault.On == "operator->a" {
						t.Errorf("seed %d: %v while there is %v", seed, *step.Fault, other)
					}
				}
				there[step.As] = *step.Fault
				if len(there) > random.MaxFaults {
					t.Errorf("seed %d: %d faults at once", seed, len(there))
				}
			}
		}
		if len(there) > 0 {
			t.Errorf("seed %d: not healed at the end: %v", seed, there)
		}
		if waited < d/4 || waited > d {
			t.Errorf("seed %d: %s of waiting in a schedule for %s", seed, waited, d)
		}
	}
	if overlaps < 50 || quiet < 50 || len(kinds) != len(made().Random) {
		t.Errorf("100 schedules have %d overlaps, %d times of rest and the faults %v", overlaps, quiet, kinds)
	}
}

func TestPluginNeedsItsTransport(t *testing.T) {
	t.Parallel()
	system := made()
	system.Random = []stack.Spec{{Kind: "hang", On: "plugin"}}
	if diff := cmp.Diff([]scenario.Transport{scenario.Binary}, random.Schedule(1, system, time.Minute).Transports); diff != "" {
		t.Errorf("transports (-want +got):\n%s", diff)
	}
	system.Random[0].On = "host"
	if !random.Schedule(1, system, time.Minute).Host {
		t.Error("the host is hurt, and there is none")
	}
}

func TestNothingToHurt(t *testing.T) {
	t.Parallel()
	system := made()
	system.Random = nil
	want := []scenario.Step{{Wait: time.Minute}}
	got := random.Schedule(1, system, time.Minute).Steps
	var waited time.Duration
	for _, s := range got {
		waited += s.Wait
	}
	if waited != want[0].Wait {
		t.Errorf("steps of a system without faults: %v", got)
	}
}
