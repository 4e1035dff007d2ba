package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// process runs the plugin's binary for go-plugin, which would otherwise hand on
// the host's standard input, keep the process in the terminal's group, where a
// Ctrl-C meant for the host ends the plugin under it, and learn of its end only
// when whatever else holds its output has ended too.
type process struct {
	opts   Options
	log    *pluginLog
	ended  func()         // called when the process has ended
	exited chan struct{}  // closed when the process has ended, and its last words are known
	work   sync.WaitGroup // what has been started for the process, until nothing is left of it
	stdout *opening       // what go-plugin reads

	mu        sync.Mutex
	cmd       *exec.Cmd // nil until prepared
	socketDir string
	running   *os.Process // nil until started
	reaped    bool        // its ID may be another's
	pipes     pipes
	expected  bool // to end: whatever it does now is no surprise
	killed    bool // never to be started again
	status    string
	byItself  bool
}

func newProcess(opts Options, log *pluginLog, ended func()) *process {
	return &process{opts: opts, log: log, ended: ended, exited: make(chan struct{}), stdout: newOpening(log.writer())}
}

// prepare makes the command, with go-plugin's part of the environment and the
// directory that go-plugin has made for the plugin's socket.
func (p *process) prepare(env []string, socketDir string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Its life is bounded by Close, not by the context of the call that starts it.
	p.cmd = exec.Command(p.opts.Path, p.opts.Args...) //nolint:gosec,noctx // running the configured binary is what a host does
	p.cmd.Env = append(environment(p.opts.Env), p.opts.Limits.environment(p.opts.Env)...)
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.SysProcAttr = processAttributes()
	p.socketDir = socketDir
	return nil
}

// An execError is that the operating system did not start the binary.
type execError struct{ error }

// Unwrap returns the operating system's error.
func (e *execError) Unwrap() error { return e.error }

// live starts the command and stays with it until it has ended. Where the
// system ends a process with the thread that has started it, it has a thread
// of its own.
func (p *process) live(started chan<- error) {
	defer ownThread()()
	binary, err := openVerified(p.opts)
	if err == nil {
		err = p.begin()
	}
	if err != nil {
		binary.close()
		started <- err
		return
	}
	err = errors.Join(p.opts.Limits.impose(p.pid()), binary.unchanged())
	binary.close()
	if err != nil {
		_ = p.kill() // what it says of itself now is of no interest
	}
	started <- err
	p.attend()
}

// begin starts the command. It holds no lock while the system does so, which
// can take as long as the file system does.
func (p *process) begin() error {
	p.mu.Lock()
	cmd, killed := p.cmd, p.killed
	p.mu.Unlock()
	if killed {
		return errors.New("closed before it was started")
	}
	ours, its, err := newPipes()
	if err != nil {
		return err
	}
	// Files, so that waiting for the process is not waiting for its output.
	cmd.Stdout, cmd.Stderr = its.stdout, its.stderr
	if its.lifeline != nil {
		cmd.ExtraFiles = []*os.File{its.lifeline} // the first of which is descriptor 3
		cmd.Env = append(cmd.Env, lifelineVariable+"=3")
	}
	err = cmd.Start()
	its.close()
	if err != nil {
		ours.close()
		return &execError{err}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running, p.pipes = cmd.Process, ours
	p.drain()
	if p.killed { // meanwhile
		_ = killGroup(p.running)
	}
	return nil
}

// maxDrain bounds the wait for what a process has written before it ended.
// Whoever else holds its output may hold it forever.
const maxDrain = 50 * time.Millisecond

// attend waits for the end of the process and ends what it leaves behind. It
// has said that the process has ended soon after that has, whatever holds its
// output and whatever the host's log does.
func (p *process) attend() {
	// A process that has ended and was not waited for keeps its ID, and so does
	// its group.
	kept := awaitEnd(p.pid())
	if !kept {
		_ = p.cmd.Wait()
	}
	p.mu.Lock()
	_ = killGroup(p.running)
	if kept {
		_ = p.cmd.Wait()
	}
	p.reaped = true
	state, expected, output := p.cmd.ProcessState, p.expected, p.pipes
	p.status, p.byItself = p.opts.Limits.explain(state), state.Exited() || !p.killed
	p.mu.Unlock()

	output.awaitEnd(maxDrain)
	output.close()
	close(p.exited)
	p.ended()
	p.log.finish()
	if !expected {
		p.log.unexpectedEnd(state.Pid(), p.status)
	}
}

// kill ends the process and its group, or keeps it from being started.
func (p *process) kill() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killed, p.expected = true, true
	if p.running == nil || p.reaped {
		return nil
	}
	if err := killGroup(p.running); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill process %d: %w", p.running.Pid, err)
	}
	return nil
}

// expectEnd says that the process is about to be asked to end.
func (p *process) expectEnd() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = true
}

// letGo ends the lifeline: it asks a process to end that watches nothing else.
func (p *process) letGo() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pipes.lifeline != nil {
		_ = p.pipes.lifeline.Close() // may be closed already
	}
}

// release lets go of everything that the host has of a process that may not be
// gone.
func (p *process) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pipes.close()
}

// ending tells how the process ended, and whether it did so by itself.
func (p *process) ending() (status string, byItself bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status, p.byItself
}

// epitaph says how the process has ended and what it last wrote.
func (p *process) epitaph(advice string) string {
	status, _ := p.ending()
	var b strings.Builder
	fmt.Fprintf(&b, "the plugin's process has ended (%s)%s", status, advice)
	if last := p.log.lastWords(); last != "" {
		b.WriteString("; it last wrote: " + last)
	}
	return b.String()
}

// gone waits a moment for the end of a process that does not answer any more,
// and says how it ended: its connection breaks before its end is known.
func (p *process) gone(ctx context.Context) (epitaph string, ok bool) {
	if p == nil {
		return "", false
	}
	ctx, cancel := context.WithTimeout(ctx, 250*time.Millisecond)
	defer cancel()
	select {
	case <-p.exited:
		return p.epitaph(": start it again"), true
	case <-ctx.Done():
		return "", false
	}
}

func (p *process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return 0
	}
	return p.running.Pid
}
