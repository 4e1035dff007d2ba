package standing_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
)

// broken returns the names of the rules that a record breaks, each once.
func broken(r record.Record) []string {
	var names []string
	for _, rule := range standing.Rules() {
		for _, f := range standing.Check(r) {
			if f.Rule == rule.Name {
				names = append(names, rule.Name)
				break
			}
		}
	}
	return names
}

func dump(all []standing.Finding) string {
	var b strings.Builder
	for _, f := range all {
		b.WriteString(f.Rule + ": " + f.Message + "\n")
	}
	return b.String()
}

// A spoiling breaks the good story in one place, and says which rules that breaks.
type spoiling struct {
	reason string
	spoil  func(r *record.Record)
	want   []string
}

// spoilAll breaks the good story in one place at a time.
func spoilAll(t *testing.T, tests map[string]spoiling) {
	t.Helper()
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := story()
			tc.spoil(&r)
			if diff := cmp.Diff(tc.want, broken(r), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\nrules broken (-want +got):\n%s\n%s", tc.reason, diff, dump(standing.Check(r)))
			}
		})
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	for i, r := range standing.Rules() {
		if r.Number != i+1 || r.Name == "" || r.Summary == "" {
			t.Errorf("rule %d is %+v", i+1, r)
		}
	}
}

func TestGoodStory(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]standing.Finding(nil), standing.Check(story()), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a good run (-want +got):\n%s", diff)
	}
}

func TestBounded(t *testing.T) {
	t.Parallel()
	r := story()
	for n := 12; n <= 20; n++ {
		seen(&r, n).Observation.Violations = nil
		for i := range 100 {
			seen(&r, n).Observation.Violations = append(seen(&r, n).Observation.Violations, violation(fmt.Sprint("down/\x1b[2J", i, strings.Repeat("a", 1<<16))))
		}
	}
	track(&r)
	perRule := make(map[string]int)
	for _, f := range standing.Check(r) {
		perRule[f.Rule]++
		if len(f.Message) > 2000 || strings.ContainsRune(f.Message, '\x1b') {
			t.Errorf("%s: a message of %d bytes that a terminal obeys: %.100q", f.Rule, len(f.Message), f.Message)
		}
	}
	if got := perRule["no_false_alarms"]; got != standing.MaxFindings {
		t.Errorf("%d findings of one rule, want the bound of %d", got, standing.MaxFindings)
	}
}

// TestSaidOnce: what lasts is found where it begins.
func TestSaidOnce(t *testing.T) {
	t.Parallel()
	r := story()
	for _, n := range []int{1, 2, 3, 13, 14} {
		say(&r, n, []string{"down/b"}, nil)
		seen(&r, n).Read["operator->disk"] = 0
	}
	got := make(map[string][]int)
	for _, f := range standing.Check(r) {
		got[f.Rule] = append(got[f.Rule], f.Observation)
	}
	want := map[string][]int{"no_false_alarms": {1, 13}, "held_was_read": {1, 13}, "everything_returns": {13}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("observations (-want +got):\n%s\n%s", diff, dump(standing.Check(r)))
	}
}
