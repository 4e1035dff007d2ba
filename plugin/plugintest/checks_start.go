package plugintest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// leastExplanation is the shortest text that can explain anything, in bytes.
const leastExplanation = 20

// byHand starts the binary as a person would.
func (p processes) byHand(ctx context.Context, _ *subjecttest.Env) error {
	ctx, cancel := context.WithTimeout(ctx, p.opts.StartTimeout)
	defer cancel()
	said := &tail{}
	cmd := exec.CommandContext(ctx, p.opts.Path, p.opts.Args...) //nolint:gosec // the plugin that is to be tried
	cmd.Env = p.environment()
	cmd.Stdout, cmd.Stderr = said, said
	cmd.WaitDelay = p.opts.CloseTimeout // for what it has started, and left
	err := cmd.Run()
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("started without a host, it was still there after %s%s", p.opts.StartTimeout, said)
	case err != nil && !ended:
		return err
	case err == nil:
		return fmt.Errorf("started without a host, it ended with exit code 0, as if all were well%s", said)
	case exit.ExitCode() < 0:
		return fmt.Errorf("started without a host, it ended by a signal (%w)%s", exit, said)
	case len(said.text()) < leastExplanation:
		return fmt.Errorf("started without a host, it ended (%w) and did not say why%s", exit, said)
	}
	return nil
}

// environment is that of a process which no host has started.
func (p processes) environment() []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "OPERATOR_SUBJECT_") && !strings.HasPrefix(entry, "PLUGIN_") {
			env = append(env, entry)
		}
	}
	for _, entry := range p.opts.Env {
		if strings.Contains(entry, "=") {
			env = append(env, entry)
		}
	}
	return env
}

// stdout has a program between the host and the plugin that prints more.
func (p processes) stdout(ctx context.Context, env *subjecttest.Env) error {
	opts, err := noisy(ctx, p.opts)
	if err != nil {
		return err
	}
	l, err := processes{opts}.load(ctx, env.Suite().Config)
	if err != nil {
		return err
	}
	return errors.Join(l.serves(ctx), l.closeIn(p.opts.CloseTimeout+env.Suite().Slack))
}

// restarts is how often the plugin is started.
const restarts = 10

// restart starts the plugin again and again in a process that has a temporary
// directory of its own.
func (p processes) restart(ctx context.Context, env *subjecttest.Env) error {
	host, err := startHost(ctx, job{Options: p.opts, Config: env.Suite().Config, Times: restarts})
	if err != nil {
		return err
	}
	left, err := host.left()
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("after %d starts there is left in the temporary directory: %q", restarts, left)
	}
	for n, pid := range host.pids {
		if !gone(pid) {
			err = errors.Join(err, fmt.Errorf("process %d, of start %d, is there after Close", pid, n+1))
		}
	}
	return errors.Join(err, host.end())
}
