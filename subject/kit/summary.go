package kit

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Bounds on a summary: how many entities of an invariant it names, and how many
// bytes of each.
const (
	maxNamed = 3
	maxShown = 48
)

// Summarize says in one line how the verdicts are, such as
// "broken: node_down (node-2), over_limit (12 keys); unknown: high_latency".
func Summarize(invariants []protocol.Invariant, violations []protocol.Violation, unchecked []protocol.Unchecked) string {
	broken, unknown := newTally(invariants), newTally(invariants)
	for _, v := range violations {
		broken.add(v.Invariant, v.Entity)
	}
	for _, u := range unchecked {
		unknown.add(u.Invariant, u.Entity)
	}
	var parts []string
	if len(broken.order) > 0 {
		parts = append(parts, "broken: "+broken.String())
	}
	if len(unknown.order) > 0 {
		parts = append(parts, "unknown: "+unknown.String())
	}
	if len(parts) == 0 {
		return fmt.Sprintf("all %d invariants held", len(invariants))
	}
	return strings.Join(parts, "; ")
}

// tally groups entities by invariant, in order of appearance.
type tally struct {
	kinds    map[string]string // of entities, by invariant
	order    []string
	entities map[string][]string
}

func newTally(invariants []protocol.Invariant) *tally {
	t := &tally{kinds: make(map[string]string, len(invariants)), entities: make(map[string][]string)}
	for _, inv := range invariants {
		t.kinds[inv.Name] = inv.Entity
	}
	return t
}

// add counts a verdict. One without an entity is told by the invariant's name.
func (t *tally) add(invariant, entity string) {
	if _, ok := t.entities[invariant]; !ok {
		t.order = append(t.order, invariant)
		t.entities[invariant] = nil
	}
	if entity != "" {
		t.entities[invariant] = append(t.entities[invariant], entity)
	}
}

func (t *tally) String() string {
	texts := make([]string, len(t.order))
	for i, invariant := range t.order {
		texts[i] = invariant + t.about(invariant)
	}
	return strings.Join(texts, ", ")
}

// about names an invariant's entities, or counts them where they are many.
func (t *tally) about(invariant string) string {
	entities := t.entities[invariant]
	switch {
	case len(entities) == 0:
		return ""
	case len(entities) > maxNamed:
		return fmt.Sprintf(" (%d %s)", len(entities), plural(cmp.Or(t.kinds[invariant], "entity")))
	}
	names := make([]string, len(entities))
	for i, e := range entities {
		names[i] = shown(e)
	}
	return " (" + strings.Join(names, ", ") + ")"
}

func plural(kind string) string {
	if stem, ok := strings.CutSuffix(kind, "ity"); ok {
		return stem + "ities"
	}
	return kind + "s"
}

// shown is an entity as it is where that cannot be misread, else quoted, and cut
// where it is long.
func shown(entity string) string {
	if len(entity) > maxShown {
		cut := maxShown
		for cut > maxShown-utf8.UTFMax && !utf8.RuneStart(entity[cut]) {
			cut--
		}
		return failure.Quote(entity[:cut]) + "... (" + strconv.Itoa(len(entity)) + " bytes)"
	}
	quoted := failure.Quote(entity)
	if quoted == `"`+entity+`"` && !strings.ContainsAny(entity, " ,;()") {
		return entity
	}
	return quoted
}
