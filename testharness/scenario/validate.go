package scenario

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// The defaults of a scenario's times, and their bounds.
const (
	DefaultInterval = 500 * time.Millisecond
	DefaultTimeout  = 5 * time.Second
	DefaultBound    = 3 * time.Minute

	minInterval, maxInterval = 50 * time.Millisecond, time.Minute
	minTimeout, maxTimeout   = 50 * time.Millisecond, time.Minute
	maxBound                 = 24 * time.Hour
	maxSteps                 = 10_000
)

// AllFaults is what a Heal that heals every fault names.
const AllFaults = "all"

// Validate returns what is wrong with a scenario as one of a system, all of it,
// as an [*Error], or nil. Whether the parts and links that its faults name exist
// is told by the system's Layout; one that has none can only tell when it runs.
func (sc Scenario) Validate(system stack.System) error {
	fields := sc.check([]stack.System{system})
	problems := make([]Problem, len(fields))
	for i, f := range fields {
		problems[i] = Problem{Path: f.Path, Message: f.Message}
	}
	return problemsError(problems)
}

// withDefaults fills in the times that are zero.
func (sc Scenario) withDefaults() Scenario {
	if sc.Interval == 0 {
		sc.Interval = DefaultInterval
	}
	if sc.Timeout == 0 {
		sc.Timeout = DefaultTimeout
	}
	if sc.Bound == 0 {
		sc.Bound = DefaultBound
	}
	return sc
}

// On tells whether the scenario makes sense on a transport.
func (sc Scenario) On(t Transport) bool {
	return len(sc.Transports) == 0 || slices.Contains(sc.Transports, t)
}

// A checker collects what is wrong with a scenario.
type checker struct {
	sc     Scenario
	system stack.System
	def    protocol.Definition
	layout stack.Layout // what there will be, if it is laid
	laid   bool
	fields []protocol.FieldError
}

func (c *checker) bad(path, format string, args ...any) {
	c.fields = append(c.fields, protocol.FieldError{Path: path, Message: fmt.Sprintf(format, args...)})
}

var scenarioName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// check returns what is wrong with a scenario whose system is one of systems.
func (sc Scenario) check(systems []stack.System) []protocol.FieldError {
	c := &checker{sc: sc}
	c.head()
	if !c.known(systems) {
		return c.fields
	}
	c.document("topology", sc.Topology, c.system.Topology, false)
	c.lay()
	c.document("load", sc.Load, c.system.LoadSchema, false)
	c.config()
	c.marks("allow", sc.Allow, true)
	c.marks("never", sc.Never, true)
	c.steps()
	if sc.After != nil {
		c.expectation("after", *sc.After)
	}
	return c.fields
}

// head checks what needs no system.
func (c *checker) head() {
	sc := c.sc
	switch {
	case sc.Name == "":
		c.bad("scenario", "is missing: it must say what the scenario is called")
	case len(sc.Name) > protocol.MaxNameLen || !scenarioName.MatchString(sc.Name):
		c.bad("scenario", "%s is not a name: want lower case words joined by underscores, at most %d bytes", failure.Quote(sc.Name), protocol.MaxNameLen)
	}
	if strings.TrimSpace(sc.Summary) == "" {
		c.bad("summary", "is missing: it must say in one line what the scenario shows")
	}
	c.between("interval", sc.Interval, minInterval, maxInterval)
	c.between("timeout", sc.Timeout, minTimeout, maxTimeout)
	c.between("bound", sc.Bound, time.Second, maxBound)
	for i, t := range sc.Transports {
		oneOf(c, index("transports", i), "transport", t, Transports())
		if slices.Contains(sc.Transports[:i], t) {
			c.bad(index("transports", i), "%s is here twice", failure.Quote(string(t)))
		}
	}
	switch n := len(sc.Steps); {
	case n == 0:
		c.bad("steps", "is missing: something must happen, be it that time passes: - wait: 5s")
	case n > maxSteps:
		c.bad("steps", "has %d steps; a scenario has at most %d", n, maxSteps)
	}
}

// between checks a duration that is not left out.
func (c *checker) between(path string, d, least, most time.Duration) {
	if d != 0 && (d < least || d > most) {
		c.bad(path, "want %s to %s, not %s", least, most, d)
	}
}

// oneOf checks a word that must be one of several.
func oneOf[T ~string](c *checker, path, what string, word T, words []T) {
	if slices.Contains(words, word) {
		return
	}
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = string(w)
	}
	c.bad(path, "there is no %s %s%s; want one of %s", what, failure.Quote(string(word)), didYouMean(string(word), names), strings.Join(names, ", "))
}

// known finds the system and its definition.
func (c *checker) known(systems []stack.System) bool {
	names := make([]string, len(systems))
	for i, s := range systems {
		if names[i] = s.Name; s.Name != c.sc.System {
			continue
		}
		def, err := s.Definition()
		if err != nil {
			c.bad("system", "the subject of %s has no definition: %s", s.Name, failure.Line(err.Error()))
			return false
		}
		c.system, c.def = s, def
		return true
	}
	if c.sc.System == "" {
		c.bad("system", "is missing; want one of %s", strings.Join(names, ", "))
		return false
	}
	c.bad("system", "there is no system %s%s; want one of %s", failure.Quote(c.sc.System), didYouMean(c.sc.System, names), strings.Join(names, ", "))
	return false
}

// config checks a merge patch by the schema of what it is merged into: what it
// sets must be what the schema wants, and nothing has to be set.
func (c *checker) config() {
	if len(c.sc.Config) == 0 {
		return
	}
	schema, err := relaxed(c.def.ConfigSchema)
	if err != nil {
		c.bad("config", "the schema of the configuration cannot be read: %v", err)
		return
	}
	patch, err := withoutNulls(c.sc.Config)
	if err != nil {
		c.bad("config", "is not JSON: %v", err)
		return
	}
	c.document("config", patch, schema, true)
}

// unset tells that nothing was said.
func unset(doc json.RawMessage) bool { return len(doc) == 0 }
