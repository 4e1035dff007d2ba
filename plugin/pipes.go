package plugin

import (
	"errors"
	"io"
	"os"
	"time"
)

// pipes are one side's ends of what connects host and process.
type pipes struct {
	stdout, stderr *os.File
	lifeline       *os.File // nil where there is none
	// drained are closed when the output has been read to its end, in the host.
	drained [2]chan struct{}
}

// newPipes makes the host's ends and the process's.
func newPipes() (ours, its pipes, err error) {
	var errs [3]error
	ours.stdout, its.stdout, errs[0] = os.Pipe()
	ours.stderr, its.stderr, errs[1] = os.Pipe()
	if lifelines {
		its.lifeline, ours.lifeline, errs[2] = os.Pipe()
	}
	ours.drained = [2]chan struct{}{make(chan struct{}), make(chan struct{})}
	if err := errors.Join(errs[:]...); err != nil {
		ours.close()
		its.close()
		return pipes{}, pipes{}, err
	}
	return ours, its, nil
}

func (p pipes) close() {
	for _, f := range []*os.File{p.stdout, p.stderr, p.lifeline} {
		if f != nil {
			_ = f.Close() // may be closed already
		}
	}
}

// awaitEnd waits until everything that was written has been read, within bound.
func (p pipes) awaitEnd(bound time.Duration) {
	deadline := time.Now().Add(bound)
	for _, drained := range p.drained {
		waitFor(drained, time.Until(deadline))
	}
}

// drain reads the process's output for as long as there is any.
func (p *process) drain() {
	stderr := p.log.writer()
	read := func(from *os.File, to io.Writer, end func(), done chan<- struct{}) func() {
		return func() {
			defer close(done)
			_, _ = io.Copy(to, from) // an end is an end, be the pipe closed by us
			end()
		}
	}
	p.work.Go(read(p.pipes.stdout, p.stdout, p.stdout.end, p.pipes.drained[0]))
	p.work.Go(read(p.pipes.stderr, stderr, stderr.flush, p.pipes.drained[1]))
}
