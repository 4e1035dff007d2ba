package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// The bounds of a command of the file's: how long it may run, what it may leave
// running, and how much it may print.
const (
	commandTimeout = time.Minute
	commandLinger  = time.Second
	maxPrinted     = 16 << 20
)

// examples are the file's actions as the suite wants them.
func (f conformanceFile) examples() map[string]subjecttest.Example {
	examples := make(map[string]subjecttest.Example, len(f.actions))
	for name, a := range f.actions {
		example := subjecttest.Example{Params: a.params}
		if len(a.before) > 0 {
			example.Before = func(ctx context.Context) error { return f.command(ctx, "actions."+name+".before", a.before) }
		}
		if len(a.probe) > 0 {
			example.Probe = f.probing(a.probe)
		}
		examples[name] = example
	}
	return examples
}

func (f conformanceFile) probing(words []string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) { return f.printed(ctx, "probe", words) }
}

func (f conformanceFile) command(ctx context.Context, field string, words []string) error {
	if len(words) == 0 {
		return nil
	}
	_, err := f.printed(ctx, field, words)
	return err
}

// printed runs a command of the file's, in the file's directory, and returns
// what it prints.
func (f conformanceFile) printed(ctx context.Context, field string, words []string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // it is what the file is for
	cmd.Dir = filepath.Dir(f.path)
	cmd.WaitDelay = commandLinger
	stdout, stderr := &cappedBuffer{most: maxPrinted}, &cappedBuffer{most: 4 << 10}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success():
		err = nil // it has left something running that holds its output, as a setup may
	case err != nil && ctx.Err() != nil:
		err = ctx.Err()
	}
	if err == nil && stdout.over {
		err = fmt.Errorf("it printed more than %d bytes", maxPrinted)
	}
	if err != nil {
		err = fmt.Errorf("run %s of the file, %q: %w", field, words, err)
		if said := bytes.TrimSpace(stderr.kept.Bytes()); len(said) > 0 {
			err = fmt.Errorf("%w; it wrote %q", err, said)
		}
		return "", err
	}
	return stdout.kept.String(), nil
}

// A cappedBuffer keeps the beginning of what is written to it. It is used by one
// goroutine.
type cappedBuffer struct {
	most int
	kept bytes.Buffer
	over bool
}

// Write implements io.Writer.
func (b *cappedBuffer) Write(p []byte) (int, error) {
	room := b.most - b.kept.Len()
	b.over = b.over || len(p) > room
	b.kept.Write(p[:min(len(p), room)])
	return len(p), nil
}
