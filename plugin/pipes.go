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
// If all that is missing is somebody to read it, because nobody else can write
// any more and the host is busy, it waits five times as long.
func (p pipes) awaitEnd(bound time.Duration) {
	begin := time.Now()
	for i, from := range []*os.File{p.stdout, p.stderr} {
		if !waitFor(p.drained[i], time.Until(begin.Add(bound))) && hungUp(from) {
			waitFor(p.drained[i], time.Until(begin.Add(5*bound)))
		}
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
