package kit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

var keys = []protocol.Invariant{{Name: "hot", Entity: "key", Severity: protocol.Warning}}

func over(j *kit.Judge, entity string, value float64) {
	j.Broken(protocol.Violation{Invariant: "hot", Entity: entity, Message: "m", Value: &value, Threshold: new(0.0)})
}

// named replaces what is long in verdicts, a run of x, y or z, by its length.
func named(lines []string) []string {
	for i, line := range lines {
		for _, r := range []string{"x", "y", "z"} {
			if start := strings.Index(line, strings.Repeat(r, 100)); start >= 0 {
				rest := strings.TrimLeft(line[start:], r)
				line = fmt.Sprintf("%s%s*%d%s", line[:start], r, len(line)-start-len(rest), rest)
			}
		}
		lines[i] = line
	}
	return lines
}

func TestVerdictsAreBounded(t *testing.T) {
	const megabyte = 1 << 20
	cases := map[string]struct {
		reason string
		limit  int
		say    func(j *kit.Judge)
		want   []string
	}{
		"AtTheLimit": {
			reason: "What fits is all there.", limit: 2,
			say:  func(j *kit.Judge) { over(j, "a", 1); over(j, "b", 2) },
			want: []string{"warning broken hot(b) m", "warning broken hot(a) m"},
		},
		"Cut": {
			reason: "The worst are listed; whoever was cut is unknown, not held.", limit: 2,
			say:  func(j *kit.Judge) { over(j, "a", 1); over(j, "b", 3); over(j, "c", 2); over(j, "d", 1) },
			want: []string{"warning broken hot(b) m", "warning broken hot(c) m", "unknown hot() : broken for 2 more, which are not listed"},
		},
		"CutAndUnknown": {
			reason: "Beside what else is unknown.", limit: 1,
			say:  func(j *kit.Judge) { over(j, "a", 1); over(j, "b", 3); j.Unknown("hot", "", "redis", "gone") },
			want: []string{"warning broken hot(b) m", "unknown hot() redis: gone", "unknown hot() : broken for 1 more, which are not listed"},
		},
		"NoLimit": {
			reason: "A limit of nothing would hide that anything is broken.", limit: 0,
			say:  func(j *kit.Judge) { over(j, "a", 1) },
			want: []string{"warning broken hot(a) m"},
		},
		"NegativeLimit": {
			reason: "As would one below.", limit: -5,
			say:  func(j *kit.Judge) { over(j, "a", 1); over(j, "b", 2) },
			want: []string{"warning broken hot(b) m", "unknown hot() : broken for 1 more, which are not listed"},
		},
		"ManyUnknown": {
			reason: "Too many to list are one.", limit: 2,
			say: func(j *kit.Judge) {
				for _, e := range []string{"c", "a", "b"} {
					j.Unknown("hot", e, "redis/"+e, "no answer on "+e)
				}
			},
			want: []string{"unknown hot() redis/a: for 3 entities, of which one because: no answer on a"},
		},
		"ManyUnknownAndBroken": {
			reason: "Those that are broken are not counted with them.", limit: 2,
			say: func(j *kit.Judge) {
				for _, e := range []string{"a", "b", "c"} {
					j.Unknown("hot", e, "redis", "no answer")
				}
				over(j, "b", 1)
			},
			want: []string{"warning broken hot(b) m", "unknown hot(a) redis: no answer", "unknown hot(c) redis: no answer"},
		},
		"OneMonster": {
			reason: "One monstrous entity, though the worst, does not hide the others.", limit: 10,
			say:  func(j *kit.Judge) { over(j, strings.Repeat("x", 5*megabyte), 9); over(j, "a", 1); over(j, "b", 2) },
			want: []string{"warning broken hot(b) m", "warning broken hot(a) m", "unknown hot() : broken for 1 more, which are not listed"},
		},
		"OnlyMonsters": {
			reason: "That it is broken is said even if nobody can be named.", limit: 10,
			say: func(j *kit.Judge) {
				over(j, strings.Repeat("x", 5*megabyte), 9)
				over(j, strings.Repeat("y", 5*megabyte), 9)
			},
			want: []string{
				"unknown hot() : broken for 2, whose names are too long to be listed",
			},
		},
		"LongNames": {
			reason: "As many of half a megabyte as the bound takes.", limit: 10,
			say: func(j *kit.Judge) {
				for i, r := range []string{"x", "y", "z", "w"} {
					over(j, strings.Repeat(r, megabyte/2), float64(9-i))
				}
				over(j, "a", 1)
			},
			want: []string{
				"warning broken hot(x*524288) m", "warning broken hot(y*524288) m", "warning broken hot(a) m",
				"unknown hot() : broken for 2 more, which are not listed",
			},
		},
		"UnknownMonsters": {
			reason: "What is unknown may be monstrous too.", limit: 10,
			say: func(j *kit.Judge) {
				j.Unknown("hot", "a", "redis", "no answer")
				j.Unknown("hot", strings.Repeat("x", 5*megabyte), "redis", "no answer")
			},
			want: []string{"unknown hot() redis: for 2 entities, of which one because: no answer"},
		},
		"EndlessTexts": {
			reason: "Messages and reasons are bounded, whoever wrote them.", limit: 10,
			say: func(j *kit.Judge) {
				broken(j, "hot", "a", strings.Repeat("x", 5*megabyte))
				j.Unknown("hot", "b", "s", strings.Repeat("y", 5*megabyte))
			},
			want: []string{"warning broken hot(a) x*2048... (5242880 bytes)", "unknown hot(b) s: y*2048... (5242880 bytes)"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			j := kit.NewJudge(keys, tc.limit)
			j.Checked("hot")
			tc.say(j)
			if diff := cmp.Diff(tc.want, named(verdicts(j))); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestVerdictsShareTheBound: ten invariants with megabytes each still make an
// observation that the boundary carries, and the most severe are listed first.
func TestVerdictsShareTheBound(t *testing.T) {
	many := make([]protocol.Invariant, 10)
	for i := range many {
		many[i] = protocol.Invariant{Name: fmt.Sprintf("i%d", i), Entity: "key", Severity: protocol.Warning}
	}
	many[9].Severity = protocol.Critical
	j := kit.NewJudge(many, 1000)
	for _, inv := range many {
		j.Checked(inv.Name)
		for k := range 8 {
			broken(j, inv.Name, fmt.Sprintf("b%d%s", k, strings.Repeat("x", 1<<20)), "m")
			j.Unknown(inv.Name, fmt.Sprintf("u%d%s", k, strings.Repeat("x", 1<<19)), "s", "r")
		}
	}
	violations, unchecked := j.Verdicts()
	checkBounds(t, violations, unchecked, 1000)
	o := protocol.Observation{Violations: violations, Unchecked: unchecked}
	for _, inv := range many {
		if o.VerdictOn(inv.Name, "") == protocol.Held {
			t.Errorf("%s is taken for held", inv.Name)
		}
		if o.VerdictOn(inv.Name, "nobody") != protocol.Unknown {
			t.Errorf("%s: whoever was cut is taken for held", inv.Name)
		}
	}
	// And what has an ordinary name is always there.
	for _, inv := range many {
		broken(j, inv.Name, "ordinary", "m")
	}
	violations, _ = j.Verdicts()
	for _, inv := range many {
		if (protocol.Observation{Violations: violations}).VerdictOn(inv.Name, "ordinary") != protocol.Broken {
			t.Errorf("%s is not broken for what can be named", inv.Name)
		}
	}
	if violations[0].Invariant != "i9" || violations[0].Entity == "" {
		t.Errorf("the most severe is not listed by name: %s", violations[0].Invariant)
	}
}

// BenchmarkVerdicts: an observation of 50,000 keys, of which each tenth is wrong.
func BenchmarkVerdicts(b *testing.B) {
	names := make([]string, 50_000)
	for i := range names {
		names[i] = fmt.Sprintf("user:%d", i)
	}
	for b.Loop() {
		j := kit.NewJudge(keys, 100)
		j.Checked("hot")
		for i, name := range names {
			if i%10 == 0 {
				over(j, name, float64(i))
			}
		}
		j.Verdicts()
	}
}
