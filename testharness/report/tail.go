package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// Timeline tells what happened in a run, one line for each thing, each with the
// time since the run began. Of observations that say the same one after the other
// the first is told. It returns the last most lines; all are escaped and bounded.
func Timeline(rec record.Record, most int) []string {
	var (
		list []string
		last string
	)
	for _, e := range rec.Events {
		text := eventText(e)
		if e.Observation != nil {
			if text == last {
				continue
			}
			last = text
		}
		if text == "" {
			continue
		}
		list = append(list, fmt.Sprintf("%10s  %s", "+"+since(rec.Begin, e.At), text))
	}
	return slices.Clone(list[max(0, len(list)-most):])
}

// since is a moment as the seconds since another.
func since(begin, at time.Time) string {
	return strconv.FormatFloat(at.Sub(begin).Seconds(), 'f', 3, 64) + " s"
}

func eventText(e record.Event) string {
	switch {
	case e.Observation != nil:
		return "observed: " + observationText(e.Observation)
	case e.Fault != nil:
		return failing(fmt.Sprintf("fault %d %s: %s", e.Fault.ID, e.Fault.Phase, line(e.Fault.Name, maxName)), e.Fault.Err)
	case e.Act != nil:
		text := "act: " + line(e.Act.Action.Name, maxName)
		if e.Act.Err != nil {
			return failing(text, e.Act.Err.Error())
		}
		return text + ": " + line(string(e.Act.Outcome.Status), maxName)
	case e.Health != nil && e.Health.Err != "":
		return "not healthy: " + line(e.Health.Err, maxMessage)
	case e.Step != nil:
		return failing(fmt.Sprintf("step %d: %s", e.Step.Number, line(e.Step.What, maxMessage)), e.Step.Failed)
	case e.Host != nil:
		return "host: " + line(string(e.Host.Event), maxMessage)
	}
	return "" // what a process uses is for the evidence
}

func failing(text, err string) string {
	if err == "" {
		return text
	}
	return text + ": FAILED: " + line(err, maxMessage)
}

// observationText is what an observation says, without what changes each time.
func observationText(o *record.Observation) string {
	if o.Err != nil {
		return "no observation: " + line(o.Err.Error(), maxMessage)
	}
	if o.Observation.Verdict() == protocol.Held {
		return "all held"
	}
	var broken, unknown []string
	for _, v := range o.Observation.Violations {
		broken = append(broken, mark(v.Invariant, v.Entity))
	}
	for _, u := range o.Observation.Unchecked {
		unknown = append(unknown, mark(u.Invariant, u.Entity))
	}
	var parts []string
	for _, part := range []struct {
		what string
		list []string
	}{{"broken", broken}, {"unknown", unknown}} {
		if len(part.list) > 0 {
			parts = append(parts, part.what+" "+few(part.list))
		}
	}
	return strings.Join(parts, "; ")
}

func mark(invariant, entity string) string {
	if entity == "" {
		return line(invariant, maxName)
	}
	return line(invariant, maxName) + " of " + line(entity, maxName)
}

// few lists some of a list, sorted so that the same list is the same text.
func few(list []string) string {
	const most = 12
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) > most {
		return strings.Join(list[:most], ", ") + " and " + strconv.Itoa(len(list)-most) + " more"
	}
	return strings.Join(list, ", ")
}
