// Package process runs real programs as parts of a test: a database, a node, a
// plugin, a host. It knows nothing of what they do.
//
// A [Process] is started with a condition for being ready, and from then on can
// be hurt the way production hurts: [Process.Kill] takes it away without a word,
// [Process.Hang] leaves its sockets open and lets nobody answer, and
// [Process.Restart] brings it back with the same arguments, hence on the same
// port; [Process.StartHung] brings it back and lets it do nothing until
// [Process.AwaitReady]. [Process.Terminate] is the polite way, with a bound.
//
// What was started is ended. [Process.Close] kills the whole process group, so
// that children of the program go with it, and waits. Where Close is never
// reached, because the test process itself was killed, Linux kills the program
// for us (PR_SET_PDEATHSIG). Other systems have no such thing: there a killed
// test leaves its programs running.
//
// The last part of what a program wrote is kept in memory, across restarts, for
// errors and for evidence.
package process
