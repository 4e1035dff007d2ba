package soak

import (
	"github.com/prometheus/procfs"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/usage"
)

// childOf is the process id of the one process that another has started, 0 if
// there is none.
func childOf(pid int) int {
	all, err := procfs.AllProcs()
	if err != nil {
		return 0
	}
	for _, p := range all {
		if stat, err := p.Stat(); err == nil && stat.PPID == pid && stat.State != "Z" {
			return p.PID
		}
	}
	return 0
}

// cpuOf is what a process has computed, in seconds; -1 if that is not known.
func cpuOf(pid int) float64 {
	p, err := procfs.NewProc(pid)
	if err != nil {
		return -1
	}
	stat, err := p.Stat()
	if err != nil {
		return -1
	}
	return stat.CPUTime()
}

// look samples a host and its plugin.
func look(at float64, hostPID int) Sample {
	pluginPID := childOf(hostPID)
	s := Sample{At: at, Host: unknown(hostPID), Plugin: unknown(pluginPID)}
	for _, u := range usage.Sample(map[string]int{"host": hostPID, "plugin": pluginPID}) {
		use := Use{PID: u.PID, ResidentMB: -1, Descriptors: u.Descriptors, Threads: u.Threads, CPUSeconds: cpuOf(u.PID)}
		if u.ResidentBytes >= 0 {
			use.ResidentMB = float64(u.ResidentBytes) / (1 << 20)
		}
		switch u.Part {
		case "host":
			s.Host = use
		case "plugin":
			s.Plugin = use
		}
	}
	return s
}
