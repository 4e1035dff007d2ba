package bugs_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bugs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

func TestBugsAreWhole(t *testing.T) {
	t.Parallel()
	rules := map[string]bool{}
	for _, r := range standing.Rules() {
		rules[r.Name] = r.Name == "nothing_resolved_while_unknown" // see the package's documentation
	}
	names := map[string]bool{}
	for _, b := range bugs.All() {
		if names[b.Name] || b.Summary == "" || b.Wrap == nil || b.Scenario.System != b.System {
			t.Errorf("%+v: want a name of its own, a summary, a wrapper, and a scenario of its system", b.Name)
		}
		names[b.Name] = true
		if _, ok := rules[b.CaughtBy]; !ok {
			t.Errorf("%s is caught by %s, which is no rule", b.Name, b.CaughtBy)
		}
		rules[b.CaughtBy] = true
	}
	for rule, caught := range rules {
		if !caught {
			t.Errorf("no bug shows that %s finds anything", rule)
		}
	}
}

// TestRightButForTheBug: without what provokes it a bug shows in nothing.
func TestRightButForTheBug(t *testing.T) {
	t.Parallel()
	well := protocol.Observation{Summary: "well", Sources: []protocol.Source{{Name: "redis/ping", Class: protocol.SourceOK}}}
	for _, b := range bugs.All() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			r := say(well)
			s := b.Wrap(r, definition, nowhere())
			o, err := s.Observe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(well, o, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(protocol.Observation{}, "Time")); diff != "" || o.Time.IsZero() {
				t.Errorf("an observation of a system that is well (-right +bug):\n%s", diff)
			}
			action := protocol.Action{Name: "update_limit", ID: "1"}
			if outcome, err := s.Act(t.Context(), action); err != nil || outcome.Status != protocol.OutcomeAccepted {
				t.Errorf("another action: %+v, %v", outcome, err)
			}
			if diff := cmp.Diff([]protocol.Action{action}, r.acted); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			if got := protocol.DefinitionOf(s, protocol.Definition{}).Name; got != definition.Name {
				t.Errorf("the definition in force is lost, there is %q", got)
			}
			if err := s.(io.Closer).Close(); err != nil || r.closed != 1 {
				t.Errorf("closing: %v, and the right subject was closed %d times", err, r.closed)
			}
		})
	}
}

// TestVerdictsThatBugsChange has each see a system that is not well.
func TestVerdictsThatBugsChange(t *testing.T) {
	t.Parallel()
	const disconnected = "redis_disconnected"
	ok := protocol.Source{Name: "latency", Class: protocol.SourceOK}
	down := protocol.Source{Name: "latency", Class: protocol.SourceUnreachable}
	broken := func(invariant, entity, message string) protocol.Violation {
		return protocol.Violation{Invariant: invariant, Entity: entity, Message: message}
	}
	unknown := func(invariant, entity string) protocol.Unchecked {
		return protocol.Unchecked{Invariant: invariant, Entity: entity, Source: "latency"}
	}
	tests := map[string]struct {
		bug, reason string
		in, want    protocol.Observation
	}{
		"Failed": {
			bug: "failed_observation_is_healthy", reason: "All that was wrong or unknown is fine.",
			in: protocol.Observation{
				Summary: "bad", Sources: []protocol.Source{down},
				Violations: []protocol.Violation{broken(disconnected, "", "")}, Unchecked: []protocol.Unchecked{unknown("high_latency", "")},
			},
			want: protocol.Observation{Summary: "nothing is wrong", Sources: []protocol.Source{down}},
		},
		"BrokenAndComplete": {
			bug: "failed_observation_is_healthy", reason: "What was read completely is right.",
			in:   protocol.Observation{Sources: []protocol.Source{ok}, Violations: []protocol.Violation{broken(disconnected, "", "")}},
			want: protocol.Observation{Sources: []protocol.Source{ok}, Violations: []protocol.Violation{broken(disconnected, "", "")}},
		},
		"Missing": {
			bug: "missing_metric_is_zero", reason: "Prometheus has answered, without the node.",
			in: protocol.Observation{Sources: []protocol.Source{ok}, Unchecked: []protocol.Unchecked{
				unknown("high_latency", "node-1"), unknown(disconnected, ""),
			}},
			want: protocol.Observation{Sources: []protocol.Source{ok}, Unchecked: []protocol.Unchecked{unknown(disconnected, "")}},
		},
		"NotAsked": {
			bug: "missing_metric_is_zero", reason: "Prometheus has not answered, which is another thing.",
			in:   protocol.Observation{Sources: []protocol.Source{down}, Unchecked: []protocol.Unchecked{unknown("high_latency", "")}},
			want: protocol.Observation{Sources: []protocol.Source{down}, Unchecked: []protocol.Unchecked{unknown("high_latency", "")}},
		},
		"Ping": {
			bug: "ping_error_swallowed", reason: "Nothing is said of Redis's connection, and all else stays.",
			in: protocol.Observation{
				Violations: []protocol.Violation{broken(disconnected, "", ""), broken("node_down", "node-1", "")},
				Unchecked:  []protocol.Unchecked{unknown(disconnected, ""), unknown("over_limit", "")},
			},
			want: protocol.Observation{
				Violations: []protocol.Violation{broken("node_down", "node-1", "")},
				Unchecked:  []protocol.Unchecked{unknown("over_limit", "")},
			},
		},
		"Renamed": {
			bug: "renamed_invariant", reason: "It has another name.",
			in:   protocol.Observation{Violations: []protocol.Violation{broken(disconnected, "", "")}},
			want: protocol.Observation{Violations: []protocol.Violation{broken("redis_down", "", "")}},
		},
		"Disconnected": {
			bug: "disconnected_store_is_fine", reason: "Down is down, and Disconnected is not.",
			in: protocol.Observation{Violations: []protocol.Violation{
				broken("store_down", "1", `"tikv-1:20160" is Disconnected`), broken("store_down", "2", `"tikv-2:20160" is Down`),
			}},
			want: protocol.Observation{Violations: []protocol.Violation{broken("store_down", "2", `"tikv-2:20160" is Down`)}},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := bug(t, tc.bug).Wrap(say(tc.in), definition, nowhere())
			before := len(tc.in.Violations)
			got, err := s.Observe(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(protocol.Observation{}, "Time")); diff != "" {
				t.Errorf("%s\nobservation (-want +got):\n%s", tc.reason, diff)
			}
			if len(tc.in.Violations) != before || before > 0 && tc.in.Violations[0].Invariant == "redis_down" {
				t.Error("what the right subject returned was changed in its place")
			}
		})
	}
}

func TestFailedCallIsHealthy(t *testing.T) {
	t.Parallel()
	r := &right{says: func(context.Context) (protocol.Observation, error) {
		return protocol.Observation{}, protocol.Errorf(protocol.Unavailable, "the plugin is gone")
	}}
	o, err := bug(t, "failed_observation_is_healthy").Wrap(r, definition, nowhere()).Observe(t.Context())
	if err != nil || o.Verdict() != protocol.Held {
		t.Errorf("no observation is %s, %v: want the mistake that it is held", o.Verdict(), err)
	}
}

func TestDeadNodeDropped(t *testing.T) {
	t.Parallel()
	node := serve(t, map[string]string{"/api/nodes": `{"nodes":[{"id":"node-1","address":"a:1","state":"Up","registered_at":null}]}`}, nil)
	r := say(protocol.Observation{
		Violations: []protocol.Violation{{Invariant: "node_down", Entity: "node-2"}, {Invariant: "node_down", Entity: "node-1"}, {Invariant: "redis_disconnected"}},
		Unchecked:  []protocol.Unchecked{{Invariant: "high_latency", Entity: "node-2"}, {Invariant: "high_latency"}},
	})
	s := bug(t, "dead_node_dropped").Wrap(r, definition, at(node, "127.0.0.1:1"))
	defer s.(io.Closer).Close() //nolint:errcheck // TestRightButForTheBug checks it
	got, err := s.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := protocol.Observation{
		Violations: []protocol.Violation{{Invariant: "node_down", Entity: "node-1"}, {Invariant: "redis_disconnected"}},
		Unchecked:  []protocol.Unchecked{{Invariant: "high_latency"}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(protocol.Observation{}, "Time")); diff != "" {
		t.Errorf("node-2 is not listed, so it does not exist (-want +got):\n%s", diff)
	}
}

func TestDriftWithoutSecondRead(t *testing.T) {
	t.Parallel()
	store := miniredis.RunT(t)
	count := func(key string, n int) {
		for i := range n {
			if _, err := store.ZAdd("ratelimit:"+key, float64(time.Now().UnixMilli()), key+string(rune('a'+i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	count("busy", 3)
	count("calm", 3)
	node := serve(t, map[string]string{"/api/counters": `{"counters":[{"key":"busy","count":3,"limit":100,"remaining":97},{"key":"calm","count":3,"limit":100,"remaining":97}]}`}, nil)
	r := say(protocol.Observation{})
	says := r.says
	r.says = func(ctx context.Context) (protocol.Observation, error) {
		count("busy", 12) // while the right subject looks, live traffic goes on
		return says(ctx)
	}
	s := bug(t, "drift_without_second_read").Wrap(r, definition, at(node, store.Addr()))
	defer s.(io.Closer).Close() //nolint:errcheck // TestRightButForTheBug checks it
	o, err := s.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Violations) != 1 || o.Violations[0].Entity != "busy" || o.Violations[0].Severity != protocol.Warning {
		t.Errorf("nine more requests were counted meanwhile: want a false alarm for that key, got %+v", o.Violations)
	}
}

func TestUnescapedKey(t *testing.T) {
	t.Parallel()
	var asked []string
	node := serve(t, map[string]string{"/api/counters/user%3A1/reset": `{"key":"user:1","reset":true}`}, func(r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.EscapedPath())
	})
	r := say(protocol.Observation{})
	s := bug(t, "unescaped_key").Wrap(r, definition, at(node, "127.0.0.1:1"))
	outcome, err := s.Act(t.Context(), protocol.Action{Name: "reset_counter", ID: "1", Params: json.RawMessage(`{"key":"user%3A1"}`)})
	if err != nil || outcome.Status != protocol.OutcomeAccepted {
		t.Errorf("%+v, %v: want it to be pleased with itself", outcome, err)
	}
	if diff := cmp.Diff([]string{"POST /api/counters/user%3A1/reset"}, asked); diff != "" {
		t.Errorf("a key that looks escaped was sent as it is (-want +got):\n%s", diff)
	}
	_, err = s.Act(t.Context(), protocol.Action{Name: "reset_counter", ID: "2", Params: json.RawMessage(`{"key":"another"}`)})
	if protocol.CodeOf(err) != protocol.Internal || !strings.Contains(err.Error(), "404") {
		t.Errorf("the service refused, and the error is %v", err)
	}
}

func TestDryRunIsReal(t *testing.T) {
	t.Parallel()
	r := say(protocol.Observation{})
	s := bug(t, "dry_run_is_real").Wrap(r, definition, nowhere())
	outcome, err := s.Act(t.Context(), protocol.Action{Name: "reset_counter", DryRun: true})
	if err != nil || outcome.Status != protocol.OutcomePlanned {
		t.Errorf("%+v, %v: want it to say that it was planned", outcome, err)
	}
	if len(r.acted) != 1 || r.acted[0].DryRun || r.acted[0].ID == "" {
		t.Errorf("done: %+v, want one real action with an ID", r.acted)
	}
}

func TestLateAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &right{says: func(ctx context.Context) (protocol.Observation, error) {
			select { // a right subject gives up before the deadline
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			return protocol.Observation{Sources: []protocol.Source{{Name: "redis", Class: protocol.SourceTimeout}}}, nil
		}}
		var wrap func(protocol.Subject, protocol.Definition, stack.Stack) protocol.Subject
		for _, b := range bugs.All() {
			if b.Name == "late_answer" {
				wrap = b.Wrap
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		o, err := wrap(r, definition, nowhere()).Observe(ctx)
		if took := time.Since(began); err != nil || len(o.Sources) != 1 || took < 3*time.Second || took > 6*time.Second {
			t.Errorf("it returned %v after %s: want it a good second after the deadline, and not never", err, took)
		}
	})
}

func TestLastAnswerAgain(t *testing.T) {
	t.Parallel()
	class := protocol.SourceOK
	r := &right{says: func(context.Context) (protocol.Observation, error) {
		return protocol.Observation{Time: time.Now(), Sources: []protocol.Source{{Name: "redis", Class: class}}}, nil
	}}
	s := bug(t, "last_answer_again").Wrap(r, definition, nowhere())
	first, err := s.Observe(t.Context())
	class = protocol.SourceTimeout
	second, err2 := s.Observe(t.Context())
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second look failed in part (-first +second):\n%s", diff)
	}
}

func TestAlarmForEver(t *testing.T) {
	t.Parallel()
	broken := []protocol.Violation{{Invariant: "redis_disconnected", Message: "gone"}}
	r := &right{}
	r.says = func(context.Context) (protocol.Observation, error) {
		o := protocol.Observation{Time: time.Now(), Violations: broken}
		broken = nil
		return o, nil
	}
	s := bug(t, "alarm_for_ever").Wrap(r, definition, nowhere())
	for range 3 {
		o, err := s.Observe(t.Context())
		if err != nil || len(o.Violations) != 1 {
			t.Errorf("%+v, %v: want the first violation, once, for ever", o.Violations, err)
		}
	}
}
