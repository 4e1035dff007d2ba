package usage

import (
	"maps"
	"os"
	"runtime"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/record"
)

// Runner is the name under which a record has the process that runs the
// scenario.
const Runner = "runner"

// Sample returns what processes use now: those of the parts, given as names and
// process ids, by name, and then this process as [Runner]. A part without a
// process, of id 0, is left out. What cannot be read is -1: all of it where the
// process has ended, or where there is no /proc.
//
// It reads the table of processes once, which takes some milliseconds.
func Sample(parts map[string]int) []record.Usage {
	table := processes()
	samples := make([]record.Usage, 0, len(parts)+1)
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if pid := parts[name]; pid > 0 {
			samples = append(samples, of(name, pid, table))
		}
	}
	runner := of(Runner, os.Getpid(), table)
	runner.Goroutines = runtime.NumGoroutine()
	return append(samples, runner)
}

func of(part string, pid int, table children) record.Usage {
	u := record.Usage{Part: part, PID: pid, ResidentBytes: -1, Descriptors: -1, Threads: -1, Children: -1, Goroutines: -1}
	if read(&u) {
		u.Children = len(table.descendants(pid))
	}
	return u
}

// children are the process ids of each process's children.
type children map[int][]int

// descendants returns the children of a process, and theirs.
func (c children) descendants(pid int) []int {
	var found []int
	seen := map[int]bool{pid: true}
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		for _, child := range c[queue[0]] {
			// The table is no snapshot: with numbers used anew it could hold a circle.
			if !seen[child] {
				seen[child] = true
				found = append(found, child)
				queue = append(queue, child)
			}
		}
	}
	return found
}
