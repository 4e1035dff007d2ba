package process

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
)

// run is one life of a program.
type run struct {
	cmd *exec.Cmd
	// exited is closed when the program has ended and its output is read. What
	// follows may be read then.
	exited chan struct{}
	err    error
	// orphans: its process group still had members when the program had ended.
	orphans bool
}

// launch starts cmd and stays with it to its end.
//
// The whole life is spent on one locked thread, for Linux sends the parent's
// death signal when the *thread* that forked ends, and Go may end a thread that
// it no longer needs.
//
// Where hung is set, the program is stopped before its first instruction.
func launch(cmd *exec.Cmd, hung bool) (*run, error) {
	r := &run{cmd: cmd, exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(r.exited)
		err := begin(cmd, hung)
		started <- err
		if err != nil {
			return
		}
		r.err = cmd.Wait()
		r.orphans = groupAlive(cmd.Process.Pid)
	}()
	if err := <-started; err != nil {
		<-r.exited
		return nil, err
	}
	return r, nil
}

// begin starts cmd. After an error nothing runs.
func begin(cmd *exec.Cmd, hung bool) error {
	if !hung {
		return cmd.Start()
	}
	prepareHung(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := hangAtStart(cmd.Process); err != nil {
		// It was killed on purpose: how it ended tells nothing.
		err = errors.Join(fmt.Errorf("stop it at its start: %w", err), cmd.Process.Kill())
		_ = cmd.Wait()
		return err
	}
	return nil
}

func (r *run) running() bool {
	select {
	case <-r.exited:
		return false
	default:
		return true
	}
}
