// Package scenario plays stories on real systems and tells whether an operator
// would have seen them as they were.
//
// A [Scenario] is data. It says what a system looks like, what happens to it,
// and what its subject has to observe of that, and when. [Parse] and [Read] read
// scenarios from YAML, [Marshal] writes them, [Scenario.Validate] checks those
// that were made in Go, [Run] plays one and [RunAll] several at a time. The same
// scenario is played over three transports, unchanged: with the subject in this
// process, behind gRPC in memory, and as the built plugin.
//
// # A first scenario
//
//	scenario: redis_hung
//	summary: Redis takes connections and answers nobody.
//	system: ratelimiter
//	steps:
//	  - fault: {kind: hang, on: redis}
//	    expect:
//	      broken: [redis_disconnected]
//	      unknown: [over_limit]
//	  - heal: hang
//
// A system is started and found well, past the subject. The subject is opened
// and observed every half second, from now until the end. When it holds
// everything the steps begin: Redis is stopped, and an observation that begins
// soon after has to call redis_disconnected broken and over_limit unknown. Then
// Redis goes on, the system is waited for until it is well, and an observation
// that begins within two intervals (and the timeout of one) has to hold
// everything, which is what after: would change.
//
// What no step says is checked all the same: the rules of package standing are
// those of every run. A violation that neither a fault nor a step explains is a
// failure, and so is a fault that nobody notices.
//
// # The fields
//
// scenario, summary, system and steps have to be there.
//
//   - scenario: the name, lower case words joined by underscores, unique.
//   - summary: one line on what it shows.
//   - row: its row in the matrix of faults, such as "redis: out of memory".
//   - system: what it is played on; package systems lists them.
//   - topology: the system's shape, such as {nodes: 5}, by the system's schema.
//   - load: the load at the beginning, by the system's schema; false is none,
//     and without it there is the usual one.
//   - config: merged into the subject's configuration as a JSON merge patch.
//   - interval: the time between observations, 500ms. timeout: the deadline of
//     each, 5s.
//   - transports: a list of in_process, in_memory and binary, where it makes no
//     sense on all of them.
//   - host: true starts `operator watch` beside the runner, with a plugin of its
//     own. It is the part host, and what it reports is recorded.
//   - bound: how long the run may take, 3m. What is healed and closed comes on
//     top of that.
//   - allow: verdicts other than held that are tolerated at any time, of what the
//     configuration leaves out, for example.
//   - never: what must not be seen broken, whatever faults explain.
//   - after: what has to be seen after all was healed, in place of everything
//     held.
//
// # Steps
//
// A step does one thing, and may expect something of it:
//
//   - fault: {kind: KIND, on: TARGET, with: {...}} injects a fault. The system
//     says which kinds there are, whether they are done to a part (redis, node-2),
//     to a link (node-1->redis, operator->*) or to nothing that has a name, and
//     what parameters they have. as: names the fault, where its kind would not do.
//   - heal: NAME heals a fault, heal: all every one, those injected last first.
//     Where none is left the step ends when the system is well again.
//   - act: {action: NAME, params: {...}} has the subject carry out an action,
//     with dry_run: true a rehearsal of it. It has to be accepted (planned, of a
//     dry run), or what outcome: says; or to fail with the code that error: says,
//     and with the effect that effect: says.
//   - load: {...} replaces the load; load: null is the usual one again.
//   - wait: 2s lets time pass. It is observed.
//   - a step with expect: alone does nothing.
//
// Where the transport is binary the plugin's process is the part plugin. A
// scenario that hurts it says transports: [binary].
//
// Faults that were not healed are healed at the end, in reverse order, also where
// the run failed, panicked or was interrupted.
//
// # Expectations
//
// An expectation is what one observation has to say, all of it at once:
//
//	expect:
//	  within: 5s
//	  for: 2s
//	  broken: [redis_disconnected, {invariant: node_down, entity: node-2}]
//	  unknown: [over_limit, stale_counter]
//	  held: [node_unreachable]
//	  noticed: [high_latency]
//	  sources: {redis/ping: timeout, "nodes/*": [ok, timeout]}
//	  state: {/redis_connected: false, /nodes/0/id: node-1}
//	  host: [{type: firing, invariant: redis_disconnected}]
//
// The first observation that says so has to begin after the step was done and no
// more than within: later; without it that is two intervals and the timeout, and
// for what a fault declares to take longer, such as the life of a dead node's
// registration, so much more. With for: every observation that begins so long
// after the first one has to say it too.
//
// broken, unknown, held and noticed are lists of marks: the name of an invariant,
// which is about any entity of it, or {invariant: NAME, entity: TEXT}. broken
// without an entity is broken for anything, unknown is that it is broken for
// nothing and unknown for something, and held that it is wholly held. noticed is
// broken or unknown, whichever. "*" is every invariant: held: "*" is that all is
// well. An observation that failed is one in which everything is unknown.
//
// What the system's own witness found broken at the time, see [stack.Witness], such
// as slow requests on a machine that is too busy, is left out of account where
// something has to be held, must never be broken, or would be a false alarm.
//
// sources are the classes of the sources by name, one or a list of which each is
// good; a name that ends in * is every source that begins so, and there has to be
// one. state are values by JSON pointer. host are events that the host must have
// reported since the step began; it may take an interval and a timeout longer.
//
// An expectation that is missed fails the run, with the observation that came
// closest, and the run goes on. What the harness itself cannot do, such as to
// inject a fault, ends it.
//
// # Texts
//
// Where a scenario wants a text, {$repeat: TEXT, times: N} is that text so many
// times over. In double quotes YAML has escapes for what cannot be seen: "\0",
// "\e", "\u202e". Unknown fields, names that do not exist and values that the
// schemas refuse are reported all at once, each with its line and column.
// [Schema] returns a JSON Schema of the format, for editors.
//
// # What is left of a run
//
// A [Result] has the verdict, what was missed, which rules were broken, how long
// it took to notice each fault and to be well after it, and the [record.Record]
// of everything that happened. Of a run that did not pass a folder is kept, named
// SCENARIO-TRANSPORT-SEED-REPEAT:
//
//	scenario.yaml       the scenario
//	result.json         the result
//	record.json         what the record says besides its events
//	seed.txt            what the random choices followed from
//	versions.json       of Go, the kernel, and the servers
//	timeline.txt        what happened, for people
//	timeline.ndjson     the record's events
//	observations/       each observation, whole
//	logs/               the end of what each process wrote
//	system-at-failure/  what the system held before it was healed
//	system/             what it held in the end
//	goroutines.txt      where everybody was when something hung or panicked
package scenario
