package kit_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// invariants of every severity; the second is about the system as a whole.
var invariants = []protocol.Invariant{
	{Name: "hot", Entity: "key", Severity: protocol.Info},
	{Name: "down", Severity: protocol.Critical},
	{Name: "slow", Entity: "node", Severity: protocol.Warning},
}

// verdicts is what a Judge comes to, one line each.
func verdicts(j *kit.Judge) []string {
	violations, unchecked := j.Verdicts()
	lines := make([]string, 0, len(violations)+len(unchecked))
	for _, v := range violations {
		lines = append(lines, fmt.Sprintf("%s broken %s(%s) %s", v.Severity, v.Invariant, v.Entity, v.Message))
	}
	for _, u := range unchecked {
		lines = append(lines, fmt.Sprintf("unknown %s(%s) %s: %s", u.Invariant, u.Entity, u.Source, u.Reason))
	}
	return lines
}

func broken(j *kit.Judge, invariant, entity, message string) {
	j.Broken(protocol.Violation{Invariant: invariant, Entity: entity, Message: message})
}

func TestJudge(t *testing.T) {
	checkAll := func(j *kit.Judge) {
		for _, inv := range invariants {
			j.Checked(inv.Name)
		}
	}
	cases := map[string]struct {
		reason string
		say    func(j *kit.Judge)
		want   []string
	}{
		"Nothing": {
			reason: "What nobody judged is unknown.",
			say:    func(*kit.Judge) {},
			want:   []string{"unknown hot() : it was not judged", "unknown down() : it was not judged", "unknown slow() : it was not judged"},
		},
		"Held": {
			reason: "What was judged and not reported holds.",
			say:    checkAll, want: []string{},
		},
		"OneForgotten": {
			reason: "A forgotten branch cannot read as healthy.",
			say:    func(j *kit.Judge) { j.Checked("hot"); j.Checked("down") },
			want:   []string{"unknown slow() : it was not judged"},
		},
		"Broken": {
			reason: "The severity is the invariant's, whatever the report says.",
			say: func(j *kit.Judge) {
				checkAll(j)
				j.Broken(protocol.Violation{Invariant: "slow", Entity: "n1", Severity: protocol.Info, Message: "a"})
			},
			want: []string{"warning broken slow(n1) a"},
		},
		"BrokenIsNotJudged": {
			reason: "One that is broken says nothing of the others.",
			say:    func(j *kit.Judge) { j.Checked("hot"); j.Checked("down"); broken(j, "slow", "n1", "a") },
			want:   []string{"warning broken slow(n1) a", "unknown slow() : it was not judged"},
		},
		"BrokenAsSuch": {
			reason: "Where there are no others, nothing is left to be unknown.",
			say:    func(j *kit.Judge) { j.Checked("hot"); j.Checked("slow"); broken(j, "down", "", "a") },
			want:   []string{"critical broken down() a"},
		},
		"BrokenAsSuchAndUnknown": {
			reason: "Whatever else was said of it.",
			say: func(j *kit.Judge) {
				checkAll(j)
				broken(j, "down", "", "a")
				j.Unknown("down", "", "redis", "b")
			},
			want: []string{"critical broken down() a"},
		},
		"BrokenAsSuchButOthers": {
			reason: "A subject that speaks of entities all the same has others.",
			say: func(j *kit.Judge) {
				j.Checked("hot")
				j.Checked("slow")
				broken(j, "down", "", "a")
				broken(j, "down", "x", "b")
			},
			want: []string{"critical broken down() a", "critical broken down(x) b", "unknown down() : it was not judged"},
		},
		"BrokenForNobody": {
			reason: "An entity may be called nothing, and then is not the whole.",
			say:    func(j *kit.Judge) { j.Checked("down"); j.Checked("slow"); broken(j, "hot", "", "a") },
			want:   []string{"info broken hot() a", "unknown hot() : it was not judged"},
		},
		"FirstReport": {
			reason: "The first report on an entity counts.",
			say: func(j *kit.Judge) {
				checkAll(j)
				broken(j, "slow", "n1", "a")
				broken(j, "slow", "n1", "b")
				j.Unknown("slow", "n2", "s", "c")
				j.Unknown("slow", "n2", "t", "d")
			},
			want: []string{"warning broken slow(n1) a", "unknown slow(n2) s: c"},
		},
		"UnknownEntity": {
			reason: "One entity that could not be judged.",
			say:    func(j *kit.Judge) { checkAll(j); j.Unknown("slow", "n1", "prometheus", "no data") },
			want:   []string{"unknown slow(n1) prometheus: no data"},
		},
		"UnknownEntityIsNotJudged": {
			reason: "Without a word on the others they are unknown too.",
			say:    func(j *kit.Judge) { j.Checked("hot"); j.Checked("down"); j.Unknown("slow", "n1", "p", "a") },
			want:   []string{"unknown slow() : it was not judged"},
		},
		"UnknownBeforeChecked": {
			reason: "Checked does not overrule.",
			say:    func(j *kit.Judge) { j.Unknown("slow", "", "p", "a"); j.Unknown("hot", "k", "r", "b"); checkAll(j) },
			want:   []string{"unknown hot(k) r: b", "unknown slow() p: a"},
		},
		"BrokenAndUnknown": {
			reason: "Broken counts more, whichever came first.",
			say: func(j *kit.Judge) {
				checkAll(j)
				j.Unknown("slow", "n1", "p", "a")
				broken(j, "slow", "n1", "b")
				broken(j, "slow", "n2", "c")
				j.Unknown("slow", "n2", "p", "d")
			},
			want: []string{"warning broken slow(n1) b", "warning broken slow(n2) c"},
		},
		"WholeHidesEntities": {
			reason: "What is unknown for all is not said of each.",
			say: func(j *kit.Judge) {
				checkAll(j)
				j.Unknown("slow", "n1", "p", "a")
				j.Unknown("slow", "", "p", "gone")
			},
			want: []string{"unknown slow() p: gone"},
		},
		"WholeBySource": {
			reason: "Each source that is to blame, in a fixed order.",
			say: func(j *kit.Judge) {
				checkAll(j)
				j.Unknown("slow", "", "redis", "a")
				j.Unknown("slow", "", "", "b")
				j.Unknown("slow", "", "api", "c")
				j.Unknown("slow", "", "api", "d")
			},
			want: []string{"unknown slow() : b", "unknown slow() api: c", "unknown slow() redis: a"},
		},
		"WholeAndBroken": {
			reason: "What is broken is so whatever else is unknown.",
			say:    func(j *kit.Judge) { checkAll(j); j.Unknown("slow", "", "p", "a"); broken(j, "slow", "n1", "b") },
			want:   []string{"warning broken slow(n1) b", "unknown slow() p: a"},
		},
		"WorstFirst": {
			reason: "By severity, then in the order of the declaration, then by how far it is off.",
			say: func(j *kit.Judge) {
				checkAll(j)
				broken(j, "hot", "k", "")
				for entity, value := range map[string]float64{"a": 110, "b": 150, "c": 110, "below": 10, "inf": math.Inf(1), "nan": math.NaN()} {
					j.Broken(protocol.Violation{Invariant: "slow", Entity: entity, Value: &value, Threshold: new(100.0)})
				}
				broken(j, "slow", "none", "")
				broken(j, "down", "", "")
			},
			want: []string{
				"critical broken down() ", "warning broken slow(inf) ", "warning broken slow(below) ", "warning broken slow(b) ",
				"warning broken slow(a) ", "warning broken slow(c) ", "warning broken slow(nan) ", "warning broken slow(none) ", "info broken hot(k) ",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for range 10 { // maps are walked
				j := kit.NewJudge(invariants, 100)
				tc.say(j)
				if diff := cmp.Diff(tc.want, verdicts(j)); diff != "" {
					t.Fatalf("%s\n-want +got:\n%s", tc.reason, diff)
				}
				if diff := cmp.Diff(tc.want, verdicts(j)); diff != "" {
					t.Fatalf("asked again: -want +got:\n%s", diff)
				}
			}
		})
	}
}

func TestJudgeOfNothing(t *testing.T) {
	violations, unchecked := kit.NewJudge(nil, 1).Verdicts()
	if violations == nil || unchecked == nil {
		t.Error("an empty list is null in JSON")
	}
}

// TestJudgeUndeclared: an invariant that is not declared is a bug that shows.
func TestJudgeUndeclared(t *testing.T) {
	for name, say := range map[string]func(*kit.Judge){
		"Checked": func(j *kit.Judge) { j.Checked("nosuch") },
		"Broken":  func(j *kit.Judge) { broken(j, "nosuch", "", "") },
		"Unknown": func(j *kit.Judge) { j.Unknown("nosuch", "", "", "") },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p := recover(); p != `kit: invariant "nosuch" is not declared` {
					t.Errorf("it panicked with %v", p)
				}
			}()
			say(kit.NewJudge(invariants, 1))
		})
	}
}
