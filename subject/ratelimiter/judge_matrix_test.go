package ratelimiter

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

var allSources = []string{
	sourceNodes, sourceCounters, sourceLimits, sourceBlocks, sourceHealth,
	sourcePing, sourceStored, sourceLatency, sourceLabels, sourceAllowed,
}

// missingClasses are the ways in which a source can have no value.
var missingClasses = []protocol.SourceClass{
	protocol.SourceUnreachable, protocol.SourceTimeout, protocol.SourceDeadline, protocol.SourceRefused,
	protocol.SourceFailing, protocol.SourceMalformed, protocol.SourceSkipped, protocol.SourceNotConfigured,
}

// lost is the golden table: what becomes of the invariants, all of which held,
// when one source is lost. The invariants in silent are broken if the source was
// not there, those in failing also if it answered that it cannot serve or
// answered nonsense; otherwise they are unknown, as those in unknown always are.
// Those in instead hold if the source was left out of the configuration, because
// another one tells of them then. All others still hold.
var lost = map[string]struct{ unknown, silent, failing, instead string }{
	sourceNodes:    {unknown: "node_down node_unreachable high_latency"},
	sourceCounters: {unknown: "counter_drift"},
	sourceLimits:   {unknown: "over_limit ghost_allowing counter_drift"},
	sourceBlocks:   {},
	sourceHealth:   {silent: "node_unreachable"},
	sourcePing:     {failing: "redis_disconnected"},
	sourceStored:   {unknown: "over_limit ghost_allowing counter_drift stale_counter", instead: "over_limit"},
	sourceLatency:  {unknown: "high_latency", failing: "metrics_unavailable"},
	sourceLabels:   {unknown: "ghost_allowing"},
	sourceAllowed:  {unknown: "ghost_allowing"},
}

// expected applies the table's row to one class.
func expected(source string, class protocol.SourceClass) map[string]protocol.Verdict {
	want := make(map[string]protocol.Verdict)
	for _, inv := range declared {
		want[inv.Name] = protocol.Held
	}
	set := func(invariants string, verdict protocol.Verdict) {
		for name := range strings.FieldsSeq(invariants) {
			want[name] = verdict
		}
	}
	row := lost[source]
	silent := class == protocol.SourceUnreachable || class == protocol.SourceTimeout
	failing := silent || class == protocol.SourceFailing || class == protocol.SourceMalformed
	set(row.unknown+" "+row.silent+" "+row.failing, protocol.Unknown)
	if class == protocol.SourceNotConfigured {
		set(row.instead, protocol.Held)
	}
	if silent || source == sourceHealth && (failing || class == protocol.SourceRefused) {
		set(row.silent, protocol.Broken) // a node that refuses its own health is not well either
	}
	if failing {
		set(row.failing, protocol.Broken)
	}
	return want
}

func TestEachLostSource(t *testing.T) {
	s := open(t, everything)
	if diff := cmp.Diff([]string{}, verdicts(judged(s, well()))); diff != "" {
		t.Fatalf("nothing lost: -want all held, +got:\n%s", diff)
	}
	for _, source := range allSources {
		for _, class := range missingClasses {
			t.Run(source+" "+string(class), func(t *testing.T) {
				g := well()
				g.lose(source, class)
				o := judged(s, g)
				got := make(map[string]protocol.Verdict)
				for _, inv := range declared {
					got[inv.Name] = o.VerdictOn(inv.Name, "")
				}
				if diff := cmp.Diff(expected(source, class), got); diff != "" {
					t.Errorf("-want +got:\n%s\n%s", diff, strings.Join(verdicts(o), "\n"))
				}
				for _, u := range o.Unchecked {
					if u.Reason == "" || u.Source == "" || u.Reason == "it was not judged" {
						t.Errorf("%s is unknown without a source and a reason: %+v", u.Invariant, u)
					}
				}
			})
		}
	}
}

// needs are the sources without any one of which an invariant cannot hold.
var needs = map[string][]string{
	nodeDown:           {sourceNodes},
	nodeUnreachable:    {sourceNodes, sourceHealth},
	redisDisconnected:  {sourcePing},
	metricsUnavailable: {sourceLatency},
	highLatency:        {sourceNodes, sourceLatency},
	overLimit:          {sourceLimits, sourceStored},
	ghostAllowing:      {sourceLimits, sourceStored, sourceLabels, sourceAllowed},
	counterDrift:       {sourceCounters, sourceLimits, sourceStored},
	staleCounter:       {sourceStored},
}

// TestNothingIsHeldThatWasNotRead loses every combination of sources: missing
// data is never held, whatever else is known.
func TestNothingIsHeldThatWasNotRead(t *testing.T) {
	s := open(t, everything)
	management := []string{sourceNodes, sourceCounters, sourceLimits, sourceBlocks}
	for combination := range 1 << len(allSources) {
		class := missingClasses[combination%len(missingClasses)]
		g := well()
		var gone []string
		for i, source := range allSources {
			if combination&(1<<i) != 0 {
				gone = append(gone, source)
				g.lose(source, class)
			}
		}
		isGone := func(source string) bool { return slices.Contains(gone, source) }
		name := fmt.Sprintf("without %s (%s)", strings.Join(gone, ", "), class)
		o := judged(s, g)
		for _, inv := range declared {
			blind := slices.ContainsFunc(needs[inv.Name], isGone)
			if inv.Name == overLimit && class == protocol.SourceNotConfigured && isGone(sourceStored) {
				blind = isGone(sourceCounters) // the API has told of every counter instead
			}
			if inv.Name == managementUnavailable {
				blind = !slices.ContainsFunc(management, func(source string) bool { return !isGone(source) }) && g.nodes.miss.Class != protocol.SourceRefused &&
					g.nodes.miss.Class != protocol.SourceFailing && g.nodes.miss.Class != protocol.SourceMalformed
			}
			if got := o.VerdictOn(inv.Name, ""); blind == (got == protocol.Held) {
				t.Errorf("%s: %s is %s\n%s", name, inv.Name, got, strings.Join(verdicts(o), "\n"))
			}
		}
	}
}
