package main

import "strings"

// A job is one go test: benchmarks of one package that match a pattern. Rows of
// equal jobs share its runs.
type job struct {
	pkg     string // relative to the module, such as ./clients/redis
	pattern string // of -bench
	time    string // of -benchtime; with "3x" as many iterations
}

// A row is one line of the page.
type row struct {
	name      string // by which it is chosen
	what      string // is measured
	yardstick string // it is measured beside; empty if it is not
	job       job
	bench     string  // whose metric it is, as go test names it, without "Benchmark"
	unit      string  // of the metric
	atMost    float64 // the aim; 0 if there is none
	missed    string  // why it is above the aim, where that is known
	limit     string  // what the next limit is, where it is below
}

// The jobs.
var (
	sweeper    = job{"./clients/redis", "^BenchmarkSweeper$", "3x"}
	changed    = job{"./clients/redis", "^BenchmarkSweeperChanged$", "5x"}
	writers    = job{"./clients/redis", "^BenchmarkSweeperWriters$", "3x"}
	nodes      = job{"./clients/prometheus", "^BenchmarkNodes$", "20x"}
	keys       = job{"./clients/prometheus", "^BenchmarkKeys$", "10x"}
	decoding   = job{"./clients/ratelimiter", "^BenchmarkCounters$", "5x"}
	boundary   = job{"./plugin", "^BenchmarkBoundary$", "10x"}
	unary      = job{"./plugin", "^BenchmarkUnary$", "2000x"}
	observing  = job{"./subject/ratelimiter", "^BenchmarkObserve$", "50x"}
	manyLoaded = job{"./host", "^BenchmarkHundredSubjects$", "1x"}
)

// rows are those of the page, in its order.
var rows = []row{
	{name: "sweep_gentle", what: "Sweep of all counters, one chain of 250", yardstick: "redis-cli --scan, names only", job: sweeper, bench: "Sweeper/Gentle", unit: "of-redis-cli-scan"},
	{name: "sweep_gentle_felt", what: "What another client of Redis waits at p99 meanwhile", yardstick: "the same with nobody sweeping", job: sweeper, bench: "Sweeper/Gentle", unit: "p99-of-idle", atMost: 4},
	{name: "sweep_gentle_memory", what: "Resident memory of that sweep, over idle, MB", job: sweeper, bench: "Sweeper/Gentle", unit: "MB-over-idle", atMost: 25},
	{name: "sweep_fast", what: "Sweep of all counters, four chains", yardstick: "redis-cli --scan, names only", job: sweeper, bench: "Sweeper/Fast", unit: "of-redis-cli-scan", atMost: 0.25},
	{name: "sweep_fast_cpu", what: "Wall of that sweep", yardstick: "the CPU that Redis spends on it", job: sweeper, bench: "Sweeper/Fast", unit: "wall/redis-cpu", atMost: 1.15},
	{name: "sweep_fast_memory", what: "Resident memory of that sweep, over idle, MB", job: sweeper, bench: "Sweeper/Fast", unit: "MB-over-idle", atMost: 25},
	{name: "sweep_changed", what: "Reading what changed, one counter of a hundred", yardstick: "a full sweep", job: changed, bench: "SweeperChanged", unit: "of-full-sweep", atMost: 0.02},
	{name: "sweep_writers", what: "Writers whose changes are told", yardstick: "the same untold", job: writers, bench: "SweeperWriters", unit: "of-untracked"},
	{name: "query_nodes_3", what: "One query for 3 nodes", yardstick: "3 queries", job: nodes, bench: "Nodes/3", unit: "of-single-queries"},
	{name: "query_nodes_20", what: "One query for 20 nodes", yardstick: "20 queries", job: nodes, bench: "Nodes/20", unit: "of-single-queries", atMost: 0.2},
	{name: "query_nodes_100", what: "One query for 100 nodes", yardstick: "100 queries", job: nodes, bench: "Nodes/100", unit: "of-single-queries"},
	{name: "query_keys", what: "One query for 250 keys", yardstick: "250 queries", job: keys, bench: "Keys/250", unit: "of-single-queries"},
	{name: "decode", what: "Bytes allocated for an answer of 100,000 counters read as it comes", yardstick: "json.Unmarshal", job: decoding, bench: "Counters/Fold", unit: "of-unmarshal-bytes", atMost: 0.1, limit: "the keys themselves"},
	{name: "decode_list", what: "The same, kept as a list", yardstick: "json.Unmarshal", job: decoding, bench: "Counters/List", unit: "of-unmarshal-bytes"},
	{name: "boundary_1k", what: "A state of 1,000 counters through the boundary, unchecked", yardstick: "typed messages in pages", job: boundary, bench: "Boundary/1k", unit: "of-typed-pages"},
	{name: "boundary_10k", what: "A state of 10,000 counters, unchecked", yardstick: "typed messages in pages", job: boundary, bench: "Boundary/10k", unit: "of-typed-pages"},
	{name: "boundary_full", what: "A state of 4 MiB, unchecked", yardstick: "typed messages in pages", job: boundary, bench: "Boundary/full", unit: "of-typed-pages"},
	{name: "boundary_struct", what: "A state of 4 MiB, unchecked", yardstick: "google.protobuf.Struct", job: boundary, bench: "Boundary/full", unit: "of-struct"},
	{name: "boundary_checked_10k", what: "A state of 10,000 counters, checked against its schema", yardstick: "the same unchecked", job: boundary, bench: "Boundary/10k", unit: "checked-of-unchecked"},
	{name: "boundary_checked_full", what: "A state of 4 MiB, checked against its schema", yardstick: "decoding it by json.Unmarshal", job: boundary, bench: "Boundary/full", unit: "checked-of-decoded"},
	{name: "unary", what: "A small observation through the boundary", yardstick: "the same message over raw gRPC", job: unary, bench: "Unary/bench", unit: "ratio", atMost: 1.1, missed: "unary_server is the plugin's part; of the host's, the check of the answer was the largest in a profile"},
	{name: "unary_plain", what: "The same without mutual TLS", yardstick: "the same message over raw gRPC", job: unary, bench: "Unary/bench", unit: "plain-ratio", atMost: 1.1, missed: "as for unary"},
	{name: "unary_server", what: "The same without the host's part", yardstick: "the same message over raw gRPC", job: unary, bench: "Unary/bench", unit: "server-ratio"},
	{name: "unary_empty", what: "The smallest observation through the boundary", yardstick: "the same message over raw gRPC", job: unary, bench: "Unary/bench_empty", unit: "ratio", atMost: 1.1, missed: "not broken down; there is hardly an answer to check"},
	{name: "observe", what: "An observation of 3 nodes and 100 counters", yardstick: "its slowest source alone", job: observing, bench: "Observe/here", unit: "x/slowest"},
	{name: "observe_away", what: "The same, everything 20 ms away", yardstick: "its slowest source alone", job: observing, bench: "Observe/20ms_away", unit: "x/slowest"},
	{name: "observe_allocs", what: "Allocations of that observation", job: observing, bench: "Observe/here", unit: "allocs/op"},
	{name: "host_cpu", what: "CPU seconds per second of a host of 100 subjects, 10 of them processes, at 1 s", job: manyLoaded, bench: "HundredSubjects", unit: "host-cpu-s/s"},
	{name: "host_memory", what: "Resident memory of that host, MB", job: manyLoaded, bench: "HundredSubjects", unit: "host-MB"},
	{name: "host_plugin_memory", what: "Resident memory of one of its plugins, MB", job: manyLoaded, bench: "HundredSubjects", unit: "plugin-MB"},
}

// chosen returns the rows whose names begin with one of the words of choice,
// which are separated by commas, and all of them for none.
func chosen(all []row, choice string) []row {
	if choice == "" {
		return all
	}
	var some []row
	for _, r := range all {
		for word := range strings.SplitSeq(choice, ",") {
			if strings.HasPrefix(r.name, strings.TrimSpace(word)) {
				some = append(some, r)
				break
			}
		}
	}
	return some
}
