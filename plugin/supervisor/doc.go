// Package supervisor keeps one plugin process alive: it starts a process again
// when it dies, and replaces it on demand without a call noticing.
//
//	s, err := supervisor.Start(ctx, supervisor.Options{
//		Spec: supervisor.Spec{Options: plugin.Options{Path: "bin/operator-subject-orders"}, Config: config},
//	})
//	...
//	defer s.Close()
//	observation, err := s.Observe(ctx)
//
// A [Supervisor] is a [protocol.Subject], and its callers see one subject that
// lives as long as the Supervisor, whatever becomes of its processes. Each
// process that is put into service is a generation, counted from 1.
//
// # Death and restart
//
// The end of the process is noticed when it happens, not by the next call. A
// process that lives but cannot be reached any more is ended. Each
// time it dies, or does not start in place of one that has died, a crash is
// counted and the next start is delayed a little longer. When there are more
// crashes than the [Budget] allows, the plugin stays down: calls fail at once,
// until [Supervisor.Reload] brings it back.
//
// Every start is from nothing: a new command, a check of the binary's checksum,
// a handshake, and the configuration. What the process remembered is lost. Its
// binary may have been replaced meanwhile, if no checksum is pinned, and then
// declare something else: that is accepted, and the event says so.
//
// # Calls
//
// A call that comes while there is no process waits for the next one, within
// its own deadline. An Observe whose process dies under it is made once more,
// on the next process. An Act is never sent twice: one whose process died under
// it is of unknown effect.
//
// A subject does an action at most once for each ID, and so does the Supervisor
// over all processes: it remembers the actions that it has sent, for as long as
// it lives and up to a bound, and answers for those that an earlier process was
// asked for. What a process was asked for itself it is left to answer.
//
// # Hot swap
//
// [Supervisor.Reload] starts another process beside the one in service, from
// the same binary or another, and looks whether it works. Only then are the
// calls moved over, all at once; those that are under way in the old process
// end there. A new process that does not work leaves the old one in service.
package supervisor
