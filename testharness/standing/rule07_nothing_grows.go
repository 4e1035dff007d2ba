package standing

import (
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// An allowance is how much more a process may use at the end of a run than at
// its beginning. Negative is without bound.
type allowance struct {
	resident                                   int64 // bytes
	descriptors, threads, children, goroutines int
}

// allowed returns what a part may gain. Those that look are held to little:
// their pools and their runtimes need some time to fill, and one that keeps
// something of each observation is soon beyond it. The parts of the system take
// the connections of whatever load they are under, and how much data they hold is
// their business. The runner has both sides of every connection, those of the
// load that a step brings included, and the record.
func allowed(part string) allowance {
	const mib = 1 << 20
	switch part {
	case "plugin", "host":
		return allowance{resident: 128 * mib, descriptors: 16, threads: 16, children: 2}
	case "runner":
		return allowance{resident: 512 * mib, descriptors: 64, threads: 32, children: 2, goroutines: 200}
	default:
		return allowance{resident: -1, descriptors: 64, threads: 64, children: 8}
	}
}

// nothingGrows compares the first samples of each process with its last, of those
// taken while no fault was there: a hanging server makes everybody hold more, and
// has them give it back. The most of the first fifth is set against the least of
// the last, so that one sample taken at a bad moment says nothing. The first looks
// do not count: connections are made as they are needed. What is left behind after
// the end is found as well.
func nothingGrows(n *run, f *findings) {
	for _, left := range n.Leftovers {
		f.at(n.End, "left behind: %.200q", left)
	}
	type process struct {
		part string
		pid  int
	}
	samples := make(map[process][]at[*record.Usage])
	var order []process
	for _, u := range n.usages {
		if n.disturbed(u.time) || u.time.Before(n.warm()) || u.what.Part == "runner" && n.Shared {
			continue
		}
		p := process{u.what.Part, u.what.PID}
		if len(samples[p]) == 0 {
			order = append(order, p)
		}
		samples[p] = append(samples[p], u)
	}
	for _, p := range order {
		grown(p.part, samples[p], f)
	}
}

// warm returns when the first looks were over, in which pools fill.
func (n *run) warm() time.Time {
	const looks = 3
	if len(n.looks) < looks {
		return n.Begin
	}
	return n.looks[looks-1].Ended
}

// grown compares the samples of one process.
func grown(part string, samples []at[*record.Usage], f *findings) {
	fifth := max(1, len(samples)/5)
	if len(samples) < 2 {
		return
	}
	first, last := samples[:fifth], samples[len(samples)-fifth:]
	a := allowed(part)
	for _, q := range []struct {
		name, unit string
		allowed    int64
		of         func(*record.Usage) int64
	}{
		{"resident memory", " bytes", a.resident, func(u *record.Usage) int64 { return u.ResidentBytes }},
		{"open descriptors", "", int64(a.descriptors), func(u *record.Usage) int64 { return int64(u.Descriptors) }},
		{"threads", "", int64(a.threads), func(u *record.Usage) int64 { return int64(u.Threads) }},
		{"child processes", "", int64(a.children), func(u *record.Usage) int64 { return int64(u.Children) }},
		{"goroutines", "", int64(a.goroutines), func(u *record.Usage) int64 { return int64(u.Goroutines) }},
	} {
		before, known := bound(first, q.of, func(a, b int64) bool { return a > b })
		after, knownNow := bound(last, q.of, func(a, b int64) bool { return a < b })
		if !known || !knownNow || q.allowed < 0 || after <= before+q.allowed {
			continue
		}
		f.at(last[len(last)-1].time, "%s", fmt.Sprintf("%s of %.64q grew from %d to %d%s, where %d more are allowed", q.name, part, before, after, q.unit, q.allowed))
	}
}

// bound returns the greatest or least of a quantity that is known of samples.
func bound(samples []at[*record.Usage], of func(*record.Usage) int64, beyond func(a, b int64) bool) (int64, bool) {
	var found int64
	known := false
	for _, s := range samples {
		if v := of(s.what); v >= 0 && (!known || beyond(v, found)) {
			found, known = v, true
		}
	}
	return found, known
}

// disturbed tells whether a fault is there, or was until lately.
func (n *run) disturbed(at time.Time) bool {
	for _, l := range n.faults {
		if !at.Before(l.begin) && (l.settled.IsZero() || at.Before(l.settled.Add(n.linger()))) {
			return true
		}
	}
	return false
}
