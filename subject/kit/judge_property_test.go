package kit_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// truth is what was said of one invariant, kept in the simplest way.
type truth struct {
	checked, whole bool
	broken         map[string]bool
	unknown        map[string]bool
}

// of is the verdict on an entity by what was said.
func (tr truth) of(entity string) protocol.Verdict {
	switch {
	case tr.broken[entity]:
		return protocol.Broken
	case tr.unknown[entity], tr.whole, !tr.checked:
		return protocol.Unknown
	default:
		return protocol.Held
	}
}

// TestJudgeProperty says random things and looks at every entity, those that
// were not mentioned included. Whatever was cut: nothing is held that was not
// judged to be, nothing is broken that was not said to be, and an invariant that
// is broken for anybody whose name is not monstrous is never less than broken.
func TestJudgeProperty(t *testing.T) {
	huge := strings.Repeat("k", 700<<10) // one fits, two do not
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		entities := []string{"a", "b", "c", "d", "e", "f", "g", "stranger"}
		if seed < 100 { // they take their time
			entities = append(entities, "1"+huge, "2"+huge, "3"+huge)
		}
		limit := rng.IntN(14) - 1
		j := kit.NewJudge(invariants, limit)
		truths := make(map[string]*truth)
		for _, inv := range invariants {
			truths[inv.Name] = &truth{broken: make(map[string]bool), unknown: make(map[string]bool)}
		}
		for range rng.IntN(40) {
			inv := invariants[rng.IntN(len(invariants))].Name
			entity := entities[rng.IntN(len(entities))]
			if entity == "stranger" {
				continue
			}
			switch tr := truths[inv]; rng.IntN(8) {
			case 0, 1:
				j.Checked(inv)
				tr.checked = true
			case 2:
				if rng.IntN(4) == 0 {
					j.Unknown(inv, "", "s", "r")
					tr.whole = true
				}
			case 3, 4:
				j.Unknown(inv, entity, "s", "r")
				tr.unknown[entity] = true
			default:
				broken(j, inv, entity, "m")
				tr.broken[entity] = true
			}
		}
		violations, unchecked := j.Verdicts()
		o := protocol.Observation{Violations: violations, Unchecked: unchecked}
		for _, inv := range invariants {
			tr := truths[inv.Name]
			whole := o.VerdictOn(inv.Name, "")
			ordinary := slices.ContainsFunc(slices.Collect(maps.Keys(tr.broken)), func(e string) bool { return len(e) < 1000 })
			if ordinary && whole != protocol.Broken || (len(tr.broken) > 0 || !tr.checked) && whole == protocol.Held {
				t.Fatalf("seed %d: %s is %s", seed, inv.Name, whole)
			}
			for _, entity := range entities {
				got, want := o.VerdictOn(inv.Name, entity), tr.of(entity)
				if got != want && got != protocol.Unknown {
					t.Fatalf("seed %d, limit %d: %s(%.9s) is %s and was said to be %s", seed, limit, inv.Name, entity, got, want)
				}
				// Little enough to be listed is listed.
				if got != want && limit >= len(entities) && !slices.ContainsFunc(entities, func(e string) bool { return len(e) > 1000 && (tr.broken[e] || tr.unknown[e]) }) {
					t.Fatalf("seed %d: %s(%.9s) is %s without need", seed, inv.Name, entity, got)
				}
			}
		}
		checkBounds(t, violations, unchecked, limit)
	}
}

// checkBounds holds lists against the bounds that the boundary needs.
func checkBounds(t *testing.T, violations []protocol.Violation, unchecked []protocol.Unchecked, limit int) {
	t.Helper()
	broken, unknown := make(map[string]int), make(map[string]int)
	bytes := 0
	for _, v := range violations {
		broken[v.Invariant]++
		bytes += len(v.Entity) + len(v.Message)
	}
	for _, u := range unchecked {
		unknown[u.Invariant]++
		bytes += len(u.Entity) + len(u.Reason)
	}
	for _, inv := range invariants {
		if broken[inv.Name] > max(1, limit) || unknown[inv.Name] > max(2, limit) {
			t.Errorf("%s: %d violations and %d unknown are listed, %d may be", inv.Name, broken[inv.Name], unknown[inv.Name], limit)
		}
	}
	if most := 5 << 19; bytes > most {
		t.Errorf("the lists have %d bytes, and may have %d", bytes, most)
	}
}
