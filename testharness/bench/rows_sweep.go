package main

// The jobs of the sweeps. Each sweeps a million counters for some seconds, so one
// iteration says enough; the yardsticks take longer.
var (
	sweeper  = job{"./clients/redis", "^BenchmarkSweeper$", "1x"}
	floor    = job{"./clients/redis", "^BenchmarkFloor$", "1x"}
	exporter = job{"./clients/redis", "^BenchmarkSweeperExporter$", "1x"}
	changed  = job{"./clients/redis", "^BenchmarkSweeperChanged$", "5x"}
	writers  = job{"./clients/redis", "^BenchmarkSweeperWriters$", "3x"}
	away     = job{"./clients/redis", "^BenchmarkSweeperAway$", "1x"}
	flat     = job{"./clients/redis", "^BenchmarkSweeperFlat$", "100x"}
	masters  = job{"./clients/redis", "^BenchmarkSweeperCluster$", "2x"}
)

// asked is why a sweep takes what it takes.
const asked = "of each counter it asks what is in force, until when and by which limit, where the floor asks ZCARD: the CPU of Redis is what limits it (floor_cpu, sweep_gentle_cpu)"

// sweepRows are of reading a keyspace, fully and again.
var sweepRows = []row{
	{name: "sweep_gentle", what: "Sweep of all counters, one chain of 250", yardstick: "redis-cli --scan, names only", job: sweeper, bench: "Sweeper/Gentle", unit: "of-redis-cli-scan"},
	{name: "sweep_gentle_felt", what: "What another client of Redis waits at p99 meanwhile", yardstick: "the same with nobody sweeping", job: sweeper, bench: "Sweeper/Gentle", unit: "p99-of-idle", atMost: new(4.0)},
	{name: "sweep_gentle_memory", what: "Resident memory of that sweep, over idle, MB", job: sweeper, bench: "Sweeper/Gentle", unit: "MB-over-idle", atMost: new(25.0)},
	{name: "sweep_gentle_differences", what: "Counters that are not what a plain pass of ZCARDs says, while writers run", job: sweeper, bench: "Sweeper/Gentle", unit: "differences", atMost: new(0.0)},
	{name: "sweep_gentle_exporter", what: "That sweep", yardstick: "a scrape of redis_exporter with -check-keys", job: exporter, bench: "SweeperExporter/CheckKeys", unit: "gentle-of-exporter"},
	{name: "sweep_gentle_cpu", what: "CPU of Redis for a sweep by one chain, s", job: sweeper, bench: "Sweeper/Gentle", unit: "redis-cpu-s/op"},
	{name: "floor", what: "SCAN and ZCARD of all counters in one chain, and nothing else of each", yardstick: "redis-cli --scan, names only", job: floor, bench: "Floor", unit: "of-redis-cli-scan"},
	{name: "floor_cpu", what: "CPU of Redis for that, s", job: floor, bench: "Floor", unit: "redis-cpu-s/op"},
	{name: "sweep_two", what: "Sweep of all counters, two chains", yardstick: "redis-cli --scan, names only", job: sweeper, bench: "Sweeper/Two", unit: "of-redis-cli-scan"},
	{name: "sweep_two_felt", what: "What another client of Redis waits at p99 meanwhile", yardstick: "the same with nobody sweeping", job: sweeper, bench: "Sweeper/Two", unit: "p99-of-idle"},
	{name: "sweep_two_differences", what: "Counters that are not what a plain pass of ZCARDs says, while writers run", job: sweeper, bench: "Sweeper/Two", unit: "differences", atMost: new(0.0)},
	{name: "sweep_fast", what: "Sweep of all counters, four chains", yardstick: "redis-cli --scan, names only", job: sweeper, bench: "Sweeper/Fast", unit: "of-redis-cli-scan", atMost: new(0.25), missed: asked},
	{name: "sweep_fast_exporter", what: "That sweep", yardstick: "a scrape of redis_exporter with -check-keys", job: exporter, bench: "SweeperExporter/CheckKeys", unit: "fast-of-exporter", atMost: new(0.15), missed: asked},
	{name: "sweep_fast_cpu", what: "Wall of that sweep", yardstick: "the CPU that Redis spends on it", job: sweeper, bench: "Sweeper/Fast", unit: "wall/redis-cpu", atMost: new(1.15)},
	{name: "sweep_fast_felt", what: "What another client of Redis waits at p99 meanwhile", yardstick: "the same with nobody sweeping", job: sweeper, bench: "Sweeper/Fast", unit: "p99-of-idle"},
	{name: "sweep_fast_memory", what: "Resident memory of that sweep, over idle, MB", job: sweeper, bench: "Sweeper/Fast", unit: "MB-over-idle", atMost: new(25.0)},
	{name: "sweep_fast_differences", what: "Counters that are not what a plain pass of ZCARDs says, while writers run", job: sweeper, bench: "Sweeper/Fast", unit: "differences", atMost: new(0.0)},
	{name: "exporter_memory", what: "Resident memory of redis_exporter at its peak, MB", job: exporter, bench: "SweeperExporter/CheckKeys", unit: "exporter-MB"},
	{name: "exporter_wall", what: "A scrape of it, s", job: exporter, bench: "SweeperExporter/CheckKeys", unit: "exporter-s"},
	{name: "sweep_changed", what: "Reading what changed, one counter of a hundred", yardstick: "a full sweep", job: changed, bench: "SweeperChanged", unit: "of-full-sweep", atMost: new(0.02), missed: "with each counter its sequence changes, and whether that name is a counter's has to be asked: two names are read for one"},
	{name: "sweep_changed_differences", what: "Counters that are not what a plain pass of ZCARDs says, after writers ran", job: changed, bench: "SweeperChanged", unit: "differences", atMost: new(0.0)},
	{name: "sweep_writers", what: "Writers whose changes are told", yardstick: "the same untold", job: writers, bench: "SweeperWriters", unit: "of-untracked"},
}

// placeRows are of where the counters are, and how many.
var placeRows = []row{
	{name: "network_gentle", what: "Sweep of 50,000 counters 2 ms away, one chain", yardstick: "a SCAN, then a pipeline of reads, then the next SCAN", job: away, bench: "SweeperAway/Gentle", unit: "of-sequential", atMost: new(0.3), missed: "a chain waits once a page where the sequential way waits twice, so a half is its limit"},
	{name: "network_fast", what: "The same, four chains", yardstick: "a SCAN, then a pipeline of reads, then the next SCAN", job: away, bench: "SweeperAway/Fast", unit: "of-sequential", atMost: new(0.3)},
	{name: "network_single", what: "The same, one chain", yardstick: "one request for each counter, by a thousand of them", job: away, bench: "SweeperAway/Gentle", unit: "of-single"},
	{name: "step_flat_sweeping", what: "The longest step that sweeps, of keyspaces up to the largest", yardstick: "the same at 10,000 counters", job: flat, bench: "SweeperFlat/Sizes", unit: "sweeping-of-10k", atMost: new(1.25)},
	{name: "step_flat_following", what: "The longest step that follows and finds nothing changed", yardstick: "the same at 10,000 counters", job: flat, bench: "SweeperFlat/Sizes", unit: "following-of-10k", atMost: new(1.25)},
	{name: "memory_flat", what: "Resident memory of sweeping and following the largest keyspace, over idle, MB", job: flat, bench: "SweeperFlat/Sizes", unit: "MB-over-idle", atMost: new(25.0)},
	{name: "memory_flat_10k", what: "The same at 10,000 counters, MB", job: flat, bench: "SweeperFlat/Sizes", unit: "MB-at-10k"},
	{name: "flat_counters", what: "Counters of the largest keyspace of these", job: flat, bench: "SweeperFlat/Sizes", unit: "counters"},
	{name: "cluster_parallel", what: "Sweep of a Cluster of three masters side by side, one chain each", yardstick: "one master with as many counters", job: masters, bench: "SweeperCluster/Parallel", unit: "of-one-master"},
	{name: "cluster_cpu", what: "CPU of its masters for that", yardstick: "CPU of the one master", job: masters, bench: "SweeperCluster/Parallel", unit: "cpu-of-one-master"},
	{name: "cluster_differences", what: "Counters that are not what a plain pass of ZCARDs says, while writers run", job: masters, bench: "SweeperCluster/Parallel", unit: "differences", atMost: new(0.0)},
}
