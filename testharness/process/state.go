package process

// State is what a process is doing.
type State int

// The states of a process.
const (
	// Exited: it has ended, or was never started.
	Exited State = iota
	// Running: it runs, though it may not be ready.
	Running
	// Hung: it was stopped by [Process.Hang] and has not been resumed.
	Hung
)

// String returns the state in lower case.
func (s State) String() string {
	switch s {
	case Running:
		return "running"
	case Hung:
		return "hung"
	default:
		return "exited"
	}
}

// Name is the process's name in errors and logs.
func (p *Process) Name() string { return p.spec.Name }

// State tells what the process is doing now.
func (p *Process) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.run == nil || !p.run.running():
		return Exited
	case p.hung:
		return Hung
	default:
		return Running
	}
}

// PID is the process id of the present or last run, 0 before the first.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil {
		return 0
	}
	return p.run.cmd.Process.Pid
}

// Exited is closed when the present run has ended. A restart makes another one.
func (p *Process) Exited() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil {
		ended := make(chan struct{})
		close(ended)
		return ended
	}
	return p.run.exited
}

// Err tells how the last run ended: nil while it runs and after exit status 0,
// an [*os/exec.ExitError] after any other status or a signal.
func (p *Process) Err() error {
	r := p.current()
	if r == nil || r.running() {
		return nil
	}
	return r.err
}

// Log is the end of what the program wrote in all its runs, at most [MaxLog]
// bytes.
func (p *Process) Log() string { return p.tail.last(MaxLog) }

func (p *Process) current() *run {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.run
}

func (p *Process) setHung(hung bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hung = hung
}
