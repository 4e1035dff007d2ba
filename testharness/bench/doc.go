// Command bench runs the project's benchmarks, each several times, and makes one
// page of them: what was measured, beside what yardstick, and whether that
// reaches the aim. It writes the page as Markdown and as JSON.
//
//	go run ./testharness/bench                     # all rows, to standard output
//	go run ./testharness/bench -out build/bench    # build/bench.md and build/bench.json
//	go run ./testharness/bench -rows sweep,unary   # those whose names begin so
//	go run ./testharness/bench -list               # which rows there are
//	go run ./testharness/bench -soak 1h -out build/bench    # build/bench/soak.json, .txt and .svg
//	go run ./testharness/bench -profile build/profile       # where an observation allocates
//
// A row is one metric of one benchmark, which measures its yardstick itself, in
// the same run: what else the machine does falls on both. The value is the median
// of the runs. An aim that is missed is a finding, which the page tells, with the
// reason where it is known; it is no failure. A benchmark that fails, or does not
// report the metric, is: its rows say so, and the exit status is 1.
//
// The soak is no benchmark: it observes a real cluster for as long as it is told,
// and its last result is put on the page that is written beside it. It may be
// interrupted, and then writes what there is.
package main
