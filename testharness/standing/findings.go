package standing

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// findings collects what one rule finds.
type findings struct {
	rule string
	all  []Finding
	more int
	last time.Time
}

// on finds something in an observation.
func (f *findings) on(o *record.Observation, format string, args ...any) {
	f.add(o.Ended, o.Number, format, args...)
}

// at finds something that no observation shows.
func (f *findings) at(at time.Time, format string, args ...any) {
	f.add(at, 0, format, args...)
}

func (f *findings) add(at time.Time, observation int, format string, args ...any) {
	if len(f.all) >= MaxFindings-1 {
		f.more, f.last = f.more+1, at
		if f.more > 1 {
			return
		}
	}
	f.all = append(f.all, Finding{Rule: f.rule, At: at, Observation: observation, Message: fmt.Sprintf(format, args...)})
}

// A streak tells the beginning of what lasts from one observation to the next, so
// that it is found once and not with each of them.
type streak[K comparable] struct{ before, now map[K]bool }

// begins notes something of the present observation, and tells whether it was not
// so in the one before.
func (s *streak[K]) begins(k K) bool {
	if s.now == nil {
		s.now = make(map[K]bool)
	}
	first := !s.before[k] && !s.now[k]
	s.now[k] = true
	return first
}

// next turns to the next observation.
func (s *streak[K]) next() { s.before, s.now = s.now, nil }

// list returns what was found. Where it was too much, the last finding says how
// much.
func (f *findings) list() []Finding {
	if f.more > 1 {
		f.all[len(f.all)-1] = Finding{Rule: f.rule, At: f.last, Message: fmt.Sprintf("and %d more like these", f.more)}
	}
	return f.all
}

// place renders an invariant and what it is about. An entity comes from the
// observed system: it is bounded, and escaped.
func place(invariant, entity string) string {
	if entity == "" {
		return fmt.Sprintf("%.64s", printable(invariant))
	}
	return fmt.Sprintf("%.64s of %.80q", printable(invariant), entity)
}

// printable leaves a name as it is and quotes what is none.
func printable(name string) string {
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '*' {
			return fmt.Sprintf("%q", name)
		}
	}
	return name
}

// since renders a time of the run as how long after its beginning it was.
func (n *run) since(at time.Time) string {
	return fmt.Sprintf("%.3fs", at.Sub(n.Begin).Seconds())
}
