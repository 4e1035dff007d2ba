//go:build unix

package plugintest

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// unix are the checks that take signals.
func (p processes) unix() []subjecttest.Check {
	return []subjecttest.Check{
		{
			Name:   "process/killed",
			Reason: "the death of a plugin is known at once and fails its calls, and a new one takes over",
			Run:    p.killed,
		},
		{
			Name:   "process/stopped",
			Reason: "a plugin that is stopped holds up no call beyond its deadline, and can be closed",
			Run:    p.stopped,
		},
		{
			Name:   "process/host_death",
			Reason: "a plugin whose host was killed ends within a second, instead of living on unseen",
			Run:    p.hostDeath,
		},
		{
			Name:   "process/environment",
			Reason: "a plugin runs in a process group of its own, and gets none of the host's secrets",
			Run:    p.environmentIsKept,
		},
	}
}

// deathKnown is how soon the death of a plugin is known.
const deathKnown = 100 * time.Millisecond

func (p processes) killed(ctx context.Context, env *subjecttest.Env) error {
	suite := env.Suite()
	l, err := p.load(ctx, suite.Config)
	if err != nil {
		return err
	}
	began := time.Now()
	err = errors.Join(signal(l.PID(), syscall.SIGKILL), l.diesKnown(ctx, suite.Slack))
	if err == nil {
		err = late("noticing the death of the process", time.Since(began), deathKnown, suite.Slack)
	}
	if err := errors.Join(err, l.closeIn(p.opts.CloseTimeout+suite.Slack)); err != nil {
		return err
	}
	// And a fresh one serves.
	if l, err = p.load(ctx, suite.Config); err != nil {
		return fmt.Errorf("after one that was killed: %w", err)
	}
	return errors.Join(l.serves(ctx), l.closeIn(p.opts.CloseTimeout+suite.Slack))
}

// diesKnown looks at a plugin that was killed.
func (l *loaded) diesKnown(ctx context.Context, slack time.Duration) error {
	timer := time.NewTimer(deathKnown + slack)
	defer timer.Stop()
	select {
	case <-l.Done():
	case <-timer.C:
		return fmt.Errorf("process %d was killed, and it was not known after %s", l.PID(), deathKnown+slack)
	}
	if err := l.Err(); protocol.CodeOf(err) != protocol.Unavailable {
		return fmt.Errorf("the plugin's Err after it was killed: want %s, got %w", protocol.Unavailable, orNone(err))
	}
	if _, err := l.subject.Observe(ctx); protocol.CodeOf(err) != protocol.Unavailable {
		return fmt.Errorf("observe after the plugin was killed: want %s, got %w", protocol.Unavailable, orNone(err))
	}
	return nil
}

func (p processes) stopped(ctx context.Context, env *subjecttest.Env) error {
	slack := env.Suite().Slack
	l, err := p.load(ctx, env.Suite().Config)
	if err != nil {
		return err
	}
	err = signal(l.PID(), syscall.SIGSTOP)
	if err == nil {
		err = l.observeStopped(ctx, slack)
	}
	return errors.Join(err, l.closeIn(p.opts.CloseTimeout+slack))
}

func (l *loaded) observeStopped(ctx context.Context, slack time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	began := time.Now()
	_, err := l.subject.Observe(ctx)
	if took := late("observe of a stopped plugin", time.Since(began), deadline, slack); took != nil {
		return took
	}
	if protocol.CodeOf(err) != protocol.DeadlineExceeded {
		return fmt.Errorf("observe of a stopped plugin: want %s, got %w", protocol.DeadlineExceeded, orNone(err))
	}
	return nil
}

// orphanEnds is how soon a plugin ends whose host is gone.
const orphanEnds = time.Second

func (p processes) hostDeath(ctx context.Context, env *subjecttest.Env) error {
	host, err := startHost(ctx, job{Options: p.opts, Config: env.Suite().Config, Keep: true})
	if err != nil {
		return err
	}
	pid := host.pids[0]
	began := time.Now()
	host.kill()
	if !wait(ctx, orphanEnds+env.Suite().Slack, func() bool { return gone(pid) }) {
		err = fmt.Errorf("process %d is there %s after its host was killed: a plugin has to end when the descriptor that "+
			"OPERATOR_SUBJECT_LIFELINE names is at its end", pid, time.Since(began).Round(time.Millisecond))
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
	return errors.Join(err, host.end())
}

// signal sends a signal to a process of the plugin's.
func signal(pid int, sig syscall.Signal) error {
	if err := syscall.Kill(pid, sig); err != nil {
		return fmt.Errorf("send %s to process %d: %w", sig, pid, err)
	}
	return nil
}

// secret is a variable of the host's that a plugin has no business with.
const secret = "OPERATOR_CONFORMANCE_SECRET"

func (p processes) environmentIsKept(ctx context.Context, env *subjecttest.Env) error {
	host, err := startHost(ctx, job{Options: p.opts, Config: env.Suite().Config, Keep: true}, secret+"=hunter2")
	if err != nil {
		return err
	}
	pid := host.pids[0]
	group, err := syscall.Getpgid(pid)
	switch {
	case err != nil:
		err = fmt.Errorf("find the group of process %d: %w", pid, err)
	case group != pid:
		err = fmt.Errorf("process %d is in the group of process %d: a Ctrl-C that is meant for the host would end it", pid, group)
	case hasVariable(pid, secret):
		err = errors.New("a variable of the host's environment that nobody named is in the plugin's")
	}
	return errors.Join(err, host.end())
}
