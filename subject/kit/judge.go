package kit

import (
	"fmt"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A Judge collects the verdicts of one observation. It starts from "unknown": an
// invariant that nobody calls [Judge.Checked] for comes out unchecked, so that
// a forgotten branch can never read as healthy.
//
// It is not safe for concurrent use.
type Judge struct {
	invariants []protocol.Invariant
	limit      int
	cases      map[string]*invariantCase
}

// invariantCase is what was said of one invariant.
type invariantCase struct {
	checked bool
	broken  map[string]protocol.Violation // by entity
	unknown map[string]protocol.Unchecked // by entity
	whole   map[string]protocol.Unchecked // for every other entity, by source
}

// NewJudge returns a Judge for the invariants in force. limit is how many
// entities each invariant's lists may name, at least one.
func NewJudge(invariants []protocol.Invariant, limit int) *Judge {
	j := &Judge{invariants: invariants, limit: max(1, limit), cases: make(map[string]*invariantCase, len(invariants))}
	for _, inv := range invariants {
		j.cases[inv.Name] = &invariantCase{
			broken:  make(map[string]protocol.Violation),
			unknown: make(map[string]protocol.Unchecked),
			whole:   make(map[string]protocol.Unchecked),
		}
	}
	return j
}

// Checked says that an invariant was judged for every entity: those that are
// not reported otherwise hold. It panics, as do Broken and Unknown, when the
// invariant is not one of the Judge's: that is a bug of the subject.
func (j *Judge) Checked(invariant string) { j.of(invariant).checked = true }

// Broken reports a violation. Its severity is the invariant's. The first report
// on an entity counts, and it counts more than Unknown for the same entity.
func (j *Judge) Broken(v protocol.Violation) {
	c := j.of(v.Invariant)
	v.Message = bounded(v.Message)
	if _, said := c.broken[v.Entity]; !said {
		c.broken[v.Entity] = v
	}
}

// Unknown reports that an invariant could not be judged for an entity, or with
// an empty entity for any that is not reported broken; it counts more than
// Checked. source may be empty. The first report on an entity counts, and with
// an empty one the first of each source.
func (j *Judge) Unknown(invariant, entity, source, reason string) {
	c := j.of(invariant)
	u := protocol.Unchecked{Invariant: invariant, Entity: entity, Source: source, Reason: bounded(reason)}
	list, key := c.unknown, entity
	if entity == "" {
		list, key = c.whole, source
	}
	if _, said := list[key]; !said {
		list[key] = u
	}
}

func (j *Judge) of(invariant string) *invariantCase {
	c, ok := j.cases[invariant]
	if !ok {
		panic(fmt.Sprintf("kit: invariant %q is not declared", invariant))
	}
	return c
}
