package usage

import (
	"github.com/prometheus/procfs"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// read fills in what /proc tells of u.PID but for the children, and tells
// whether there is such a process. One that ends meanwhile, and one of another
// user, leaves numbers at -1.
func read(u *record.Usage) bool {
	p, err := procfs.NewProc(u.PID)
	if err != nil {
		return false
	}
	stat, err := p.Stat()
	if err != nil || over(stat) {
		return false
	}
	u.ResidentBytes = int64(stat.ResidentMemory())
	u.Threads = stat.NumThreads
	if n, err := p.FileDescriptorsLen(); err == nil {
		u.Descriptors = n
	}
	return true
}

// processes reads the table of processes. Those that end meanwhile are left out.
func processes() children {
	all, err := procfs.AllProcs()
	if err != nil {
		return nil
	}
	table := make(children, len(all))
	for _, p := range all {
		if stat, err := p.Stat(); err == nil && !over(stat) {
			table[stat.PPID] = append(table[stat.PPID], p.PID)
		}
	}
	return table
}

// began returns when a process began, in ticks since the machine did, and
// whether it is there. With it a process is told from a later one that was given
// the same number.
func began(pid int) (uint64, bool) {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return 0, false
	}
	stat, err := p.Stat()
	if err != nil || over(stat) {
		return 0, false
	}
	return stat.Starttime, true
}

// over tells whether a process has ended and only its number is still there,
// until whoever started it asks how it ended.
func over(stat procfs.ProcStat) bool { return stat.State == "Z" || stat.State == "X" }
