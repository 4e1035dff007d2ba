package tikv

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

var pdSources = []string{sourceStores, sourceStats, sourceMembers, sourceEvicting, sourceMiss, sourceDown, sourcePending}

var allSources = slices.Concat(pdSources, []string{sourceLatency, sourceCommands, sourceSize, sourceCPU})

// missingClasses are the ways in which a source can have no value.
var missingClasses = []protocol.SourceClass{
	protocol.SourceUnreachable, protocol.SourceTimeout, protocol.SourceDeadline, protocol.SourceRefused,
	protocol.SourceFailing, protocol.SourceMalformed, protocol.SourceSkipped, protocol.SourceNotConfigured,
}

// lost is the golden table: what becomes of the invariants, all of which held,
// when one source is lost. Those in unknown are unknown; those in failing are
// broken if the source was not there, cannot serve or answers nonsense, and else
// unknown. All others still hold.
var lost = map[string]struct{ unknown, failing string }{
	sourceStores:   {unknown: "store_down high_latency low_disk_space region_without_leader under_replicated leader_imbalance"},
	sourceStats:    {unknown: "region_without_leader under_replicated leader_imbalance"},
	sourceMembers:  {},
	sourceEvicting: {unknown: "leader_imbalance"},
	sourceMiss:     {unknown: "under_replicated"},
	sourceDown:     {unknown: "under_replicated"},
	sourcePending:  {unknown: "under_replicated"},
	sourceLatency:  {unknown: "high_latency", failing: "metrics_unavailable"},
	sourceCommands: {},
	sourceSize:     {}, // PD knows the capacities
	sourceCPU:      {},
}

// expected applies the table's row to one class.
func expected(source string, class protocol.SourceClass) map[string]protocol.Verdict {
	want := make(map[string]protocol.Verdict)
	for _, inv := range declared {
		want[inv.Name] = protocol.Held
	}
	row := lost[source]
	for name := range strings.FieldsSeq(row.unknown + " " + row.failing) {
		want[name] = protocol.Unknown
	}
	switch class {
	case protocol.SourceUnreachable, protocol.SourceTimeout, protocol.SourceFailing, protocol.SourceMalformed:
		for name := range strings.FieldsSeq(row.failing) {
			want[name] = protocol.Broken
		}
	default:
	}
	return want
}

func TestEachLostSource(t *testing.T) {
	s := open(t, everything)
	if diff := cmp.Diff([]string{}, verdicts(judged(s, well()))); diff != "" {
		t.Fatalf("nothing lost: -want all held, +got:\n%s", diff)
	}
	for _, source := range allSources {
		if _, ok := lost[source]; !ok {
			t.Errorf("%s is not in the table", source)
		}
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
					if u.Source != source || !strings.Contains(u.Reason, source+" is "+string(class)) {
						t.Errorf("%s is unknown, and %s is not to blame: %+v", u.Invariant, source, u)
					}
				}
			})
		}
	}
}

// needs are the sources without any one of which an invariant cannot hold.
var needs = map[string][]string{
	storeDown:           {sourceStores},
	metricsUnavailable:  {sourceLatency},
	highLatency:         {sourceStores, sourceLatency},
	lowDiskSpace:        {sourceStores},
	regionWithoutLeader: {sourceStats, sourceStores},
	underReplicated:     {sourceStats, sourceStores, sourceMiss, sourceDown, sourcePending},
	leaderImbalance:     {sourceStores, sourceStats, sourceEvicting},
}

// TestNothingIsHeldThatWasNotRead loses every combination of sources in every
// way: missing data is never held, whatever else is known.
func TestNothingIsHeldThatWasNotRead(t *testing.T) {
	s := open(t, everything)
	for combination := range 1 << len(allSources) {
		var gone []string
		for i, source := range allSources {
			if combination&(1<<i) != 0 {
				gone = append(gone, source)
			}
		}
		isGone := func(source string) bool { return slices.Contains(gone, source) }
		for _, class := range missingClasses {
			g := well()
			for _, source := range gone {
				g.lose(source, class)
			}
			o := judged(s, g)
			for _, inv := range declared {
				blind := slices.ContainsFunc(needs[inv.Name], isGone)
				if inv.Name == pdUnavailable {
					answered := class == protocol.SourceRefused || class == protocol.SourceFailing || class == protocol.SourceMalformed
					blind = !answered && !slices.ContainsFunc(pdSources, func(source string) bool { return !isGone(source) })
				}
				if got := o.VerdictOn(inv.Name, ""); blind == (got == protocol.Held) {
					t.Fatalf("without %s (%s): %s is %s\n%s", strings.Join(gone, ", "), class, inv.Name, got, strings.Join(verdicts(o), "\n"))
				}
			}
		}
	}
}

// TestPDIsGone: what becomes of pd_unavailable when all calls to PD fail alike,
// and when one of them got an answer.
func TestPDIsGone(t *testing.T) {
	s := open(t, everything)
	want := map[protocol.SourceClass]protocol.Verdict{
		protocol.SourceUnreachable:   protocol.Broken,
		protocol.SourceTimeout:       protocol.Broken,
		protocol.SourceDeadline:      protocol.Unknown,
		protocol.SourceRefused:       protocol.Held,
		protocol.SourceFailing:       protocol.Held,
		protocol.SourceMalformed:     protocol.Held,
		protocol.SourceSkipped:       protocol.Unknown,
		protocol.SourceNotConfigured: protocol.Unknown,
	}
	for _, class := range missingClasses {
		g := well()
		for _, source := range pdSources {
			g.lose(source, class)
		}
		if got := judged(s, g).VerdictOn(pdUnavailable, ""); got != want[class] {
			t.Errorf("every call is %s: pd_unavailable is %s, want %s", class, got, want[class])
		}
		for _, source := range pdSources {
			for answer, want := range map[protocol.SourceClass]protocol.Verdict{
				protocol.SourceRefused: protocol.Held, protocol.SourceFailing: protocol.Held, protocol.SourceMalformed: protocol.Held,
			} {
				t.Run(fmt.Sprintf("%s but %s %s", class, source, answer), func(t *testing.T) {
					g.lose(source, answer)
					defer g.lose(source, class)
					if got := judged(s, g).VerdictOn(pdUnavailable, ""); got != want {
						t.Errorf("pd_unavailable is %s, want %s", got, want)
					}
				})
			}
		}
	}
}
