package tikv

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// everything is a configuration with both systems. Opening it contacts neither.
const everything = `{"pd": {"endpoints": ["http://127.0.0.1:1"]}, "prometheus": {"url": "http://127.0.0.1:1"}}`

// configured is everything with further fields.
func configured(fields string) string {
	return strings.TrimSuffix(everything, "}") + ", " + fields + "}"
}

// open opens the subject until the test ends.
func open(t testing.TB, config string) *Subject {
	t.Helper()
	def, err := Definition()
	if err != nil {
		t.Fatalf("Definition: %v", err)
	}
	subject, err := def.Open(t.Context(), json.RawMessage(config))
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	s := subject.(*Subject)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// began is when hand-made observations began.
var began = time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)

// well is a gathering of which every invariant holds: three stores that lead ten
// regions each.
func well() *gathering {
	g := &gathering{
		now: began, checks: make(map[pd.Check]answer[pd.RegionList]),
		latency:  answer[byInstance]{value: byInstance{}},
		commands: answer[byInstance]{value: byInstance{}},
		cpu:      answer[byInstance]{value: byInstance{}},
		size:     answer[map[string]byInstance]{value: map[string]byInstance{}},
		evicting: answer[[]uint64]{value: []uint64{}},
	}
	g.stats.value = pd.RegionStats{Count: 30, StoreLeaderCount: map[uint64]int64{}, StorePeerCount: map[uint64]int64{}}
	for id := range uint64(3) {
		id++
		address := fmt.Sprintf("tikv-%d:20160", id)
		g.stores.value = append(g.stores.value, pd.Store{
			ID: id, Address: address, StatusAddress: fmt.Sprintf("tikv-%d:20180", id), State: pd.StateUp,
			LastHeartbeat: new(began.Add(-3 * time.Second)), Capacity: 1000, Available: 900, UsedSize: 50, LeaderWeight: 1,
		})
		g.stats.value.StoreLeaderCount[id], g.stats.value.StorePeerCount[id] = 10, 30
		g.latency.value[address] = 12
	}
	return g
}

// store is one of the well stores, to be changed.
func (g *gathering) store(id uint64) *pd.Store { return &g.stores.value[id-1] }

// missOf is what a reading of a source comes to that went as class says.
func missOf(source string, class protocol.SourceClass) *kit.Miss {
	m := &kit.Miss{Source: source, Class: class, Message: source + " is " + string(class)}
	classes := map[protocol.SourceClass]failure.Class{
		protocol.SourceUnreachable: failure.Unreachable,
		protocol.SourceTimeout:     failure.Timeout,
		protocol.SourceDeadline:    failure.Timeout,
		protocol.SourceRefused:     failure.Rejected,
		protocol.SourceFailing:     failure.Failing,
		protocol.SourceMalformed:   failure.Malformed,
	}
	if asked, ok := classes[class]; ok {
		m.Err = &failure.Error{Op: "GET /", Class: asked}
	}
	return m
}

// lose makes a source of the gathering unread, and its value with it.
func (g *gathering) lose(source string, class protocol.SourceClass) {
	miss := missOf(source, class)
	switch source {
	case sourceStores:
		g.stores = answer[[]pd.Store]{miss: miss}
	case sourceStats:
		g.stats = answer[pd.RegionStats]{miss: miss}
	case sourceMembers:
		g.members = answer[[]MemberState]{miss: miss}
	case sourceEvicting:
		g.evicting = answer[[]uint64]{miss: miss}
	case sourceMiss:
		g.checks[pd.CheckMissPeer] = answer[pd.RegionList]{miss: miss}
	case sourceDown:
		g.checks[pd.CheckDownPeer] = answer[pd.RegionList]{miss: miss}
	case sourcePending:
		g.checks[pd.CheckPendingPeer] = answer[pd.RegionList]{miss: miss}
	case sourceLatency:
		g.latency = answer[byInstance]{miss: miss}
	case sourceCommands:
		g.commands = answer[byInstance]{miss: miss}
	case sourceCPU:
		g.cpu = answer[byInstance]{miss: miss}
	case sourceSize:
		g.size = answer[map[string]byInstance]{miss: miss}
	default:
		panic("no such source: " + source)
	}
}

// judged is what the judges make of a gathering, as an observation.
func judged(s *Subject, g *gathering) protocol.Observation {
	j := kit.NewJudge(s.def.Invariants, s.cfg.ListSize)
	s.judge(j, g)
	var o protocol.Observation
	o.Violations, o.Unchecked = j.Verdicts()
	return o
}

// verdicts renders an observation's verdicts, one a line, held ones left out:
// "broken store_down 1: message", "unknown store_down 1 (source): reason".
func verdicts(o protocol.Observation) []string {
	lines := []string{}
	for _, v := range o.Violations {
		lines = append(lines, strings.TrimSpace("broken "+v.Invariant+" "+v.Entity)+": "+v.Message)
	}
	for _, u := range o.Unchecked {
		line := strings.TrimSpace("unknown " + u.Invariant + " " + u.Entity)
		if u.Source != "" {
			line += " (" + u.Source + ")"
		}
		lines = append(lines, line+": "+u.Reason)
	}
	return lines
}
