// Package fault says what a fault is: one way in which a running system can be
// hurt, as a small value with a name.
//
// A [Fault] says whether it can be had here, injects itself, heals itself, and
// knows what an operator must notice of it, its [Impact]. Whoever injects one
// heals it, whatever happened in between; healing what was never injected is no
// error, so a deferred Heal is always right:
//
//	if err := f.Available(); err != nil { ... }
//	defer func() { err = errors.Join(err, f.Heal(ctx)) }()
//	if err := f.Inject(ctx); err != nil { ... }
//
// [New] makes one of what it does and undoes, and remembers for it what is there.
// The faults themselves are in the packages below, a file for each: of processes
// (processfault), of networks (netfault), of HTTP answers (httpfault), of
// Prometheus's answers (promfault). Those of one system only are with the system.
package fault
