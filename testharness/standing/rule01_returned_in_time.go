package standing

import "time"

// Slack is how long after its deadline a call may be recorded as ended. The
// promise has none: it is what the runner itself may need to come to the clock,
// among many processes on few cores.
const Slack = 500 * time.Millisecond

// returnedInTime: whatever hangs, the caller does not.
func returnedInTime(n *run, f *findings) {
	for _, o := range n.looks {
		switch {
		case o.Ended.IsZero():
			f.at(o.Deadline, "observation %d never returned", o.Number)
		case o.Ended.After(o.Deadline.Add(Slack)):
			f.on(o, "it returned %.3fs after its deadline", o.Ended.Sub(o.Deadline).Seconds())
		}
	}
}
