package main

// The jobs of the rest of the path.
var (
	nodes      = job{"./clients/prometheus", "^BenchmarkNodes$", "20x"}
	keys       = job{"./clients/prometheus", "^BenchmarkKeys$", "10x"}
	decoding   = job{"./clients/ratelimiter", "^BenchmarkCounters$", "5x"}
	boundary   = job{"./plugin", "^BenchmarkBoundary$", "10x"}
	unary      = job{"./plugin", "^BenchmarkUnary$", "2000x"}
	observing  = job{"./subject/ratelimiter", "^BenchmarkObserve$", "50x"}
	manyLoaded = job{"./host", "^BenchmarkHundredSubjects$", "1x"}
)

// sourceRows are of asking Prometheus and the management API.
var sourceRows = []row{
	{name: "query_nodes_3", what: "One query for 3 nodes", yardstick: "3 queries", job: nodes, bench: "Nodes/3", unit: "of-single-queries"},
	{name: "query_nodes_20", what: "One query for 20 nodes", yardstick: "20 queries", job: nodes, bench: "Nodes/20", unit: "of-single-queries", atMost: new(0.2)},
	{name: "query_nodes_100", what: "One query for 100 nodes", yardstick: "100 queries", job: nodes, bench: "Nodes/100", unit: "of-single-queries"},
	{name: "query_keys", what: "One query for 250 keys", yardstick: "250 queries", job: keys, bench: "Keys/250", unit: "of-single-queries"},
	{name: "decode", what: "Bytes allocated for an answer of 100,000 counters read as it comes", yardstick: "json.Unmarshal", job: decoding, bench: "Counters/Fold", unit: "of-unmarshal-bytes", atMost: new(0.1), limit: "the keys themselves"},
	{name: "decode_list", what: "The same, kept as a list", yardstick: "json.Unmarshal", job: decoding, bench: "Counters/List", unit: "of-unmarshal-bytes"},
}

// boundaryRows are of the plugin's process boundary.
var boundaryRows = []row{
	{name: "boundary_1k", what: "A state of 1,000 counters through the boundary, unchecked", yardstick: "typed messages in pages", job: boundary, bench: "Boundary/1k", unit: "of-typed-pages"},
	{name: "boundary_10k", what: "A state of 10,000 counters, unchecked", yardstick: "typed messages in pages", job: boundary, bench: "Boundary/10k", unit: "of-typed-pages"},
	{name: "boundary_full", what: "A state of 4 MiB, unchecked", yardstick: "typed messages in pages", job: boundary, bench: "Boundary/full", unit: "of-typed-pages"},
	{name: "boundary_struct", what: "A state of 4 MiB, unchecked", yardstick: "google.protobuf.Struct", job: boundary, bench: "Boundary/full", unit: "of-struct"},
	{name: "boundary_checked_10k", what: "A state of 10,000 counters, checked against its schema", yardstick: "the same unchecked", job: boundary, bench: "Boundary/10k", unit: "checked-of-unchecked"},
	{name: "boundary_checked_full", what: "A state of 4 MiB, checked against its schema", yardstick: "decoding it by json.Unmarshal", job: boundary, bench: "Boundary/full", unit: "checked-of-decoded"},
	{name: "boundary_100k", what: "A state of 100,000 counters (7 MiB), unchecked, where max_message allows it", yardstick: "typed messages in pages", job: boundary, bench: "Boundary/100k", unit: "of-typed-pages"},
	{name: "boundary_100k_struct", what: "The same", yardstick: "google.protobuf.Struct", job: boundary, bench: "Boundary/100k", unit: "of-struct"},
	{name: "boundary_100k_checked", what: "The same, checked against its schema", yardstick: "the same unchecked", job: boundary, bench: "Boundary/100k", unit: "checked-of-unchecked"},
	{name: "boundary_100k_decoded", what: "The same, checked against its schema", yardstick: "decoding it by json.Unmarshal", job: boundary, bench: "Boundary/100k", unit: "checked-of-decoded"},
	{name: "unary", what: "A small observation through the boundary, a millisecond after the last", yardstick: "the same message over raw gRPC", job: unary, bench: "Unary/bench", unit: "ratio", atMost: new(1.1), missed: "what is left is mutual TLS, the check of the answer, and the way of a call through the host; unary_server is the plugin's part"},
	{name: "unary_plain", what: "The same without mutual TLS", yardstick: "the same message over raw gRPC", job: unary, bench: "Unary/bench", unit: "plain-ratio", atMost: new(1.1), missed: "as for unary, without the TLS"},
	{name: "unary_server", what: "The same without the host's part", yardstick: "the same message over raw gRPC", job: unary, bench: "Unary/bench", unit: "server-ratio"},
	{name: "unary_empty", what: "The smallest observation through the boundary", yardstick: "the same message over raw gRPC", job: unary, bench: "Unary/bench_empty", unit: "ratio", atMost: new(1.1), missed: "mutual TLS and the way of a call through the host: there is hardly an answer to check"},
}

// wholeRows are of an observation, and of a host that makes many.
var wholeRows = []row{
	{name: "observe", what: "An observation of 3 nodes and 100 counters", yardstick: "its slowest source alone", job: observing, bench: "Observe/here", unit: "x/slowest"},
	{name: "observe_away", what: "The same, everything 20 ms away", yardstick: "its slowest source alone", job: observing, bench: "Observe/20ms_away", unit: "x/slowest"},
	{name: "observe_allocs", what: "Allocations of that observation", job: observing, bench: "Observe/here", unit: "allocs/op"},
	{name: "host_cpu", what: "CPU seconds per second of a host of 100 subjects, 10 of them processes, at 1 s", job: manyLoaded, bench: "HundredSubjects", unit: "host-cpu-s/s"},
	{name: "host_memory", what: "Resident memory of that host, MB", job: manyLoaded, bench: "HundredSubjects", unit: "host-MB"},
	{name: "host_plugin_memory", what: "Resident memory of one of its plugins, MB", job: manyLoaded, bench: "HundredSubjects", unit: "plugin-MB"},
}
