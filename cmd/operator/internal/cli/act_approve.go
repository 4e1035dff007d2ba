package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/render"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// approve asks for an action's approval and returns an error if it is not
// given. What is asked goes to standard error: the answer's document is alone on
// standard output.
func (a *app) approve(ctx context.Context, s *host.Subject, spec protocol.ActionSpec, action protocol.Action) error {
	if !a.streams.InTerminal {
		return &ExitError{Code: exitNotApproved, Err: fmt.Errorf(
			"%s requires approval, and there is no terminal to ask on; nothing was changed. Add --dry-run to see what it would change, or --yes to approve it", spec.Name)}
	}
	action.DryRun = true
	plan, err := s.Act(ctx, action)
	if err != nil {
		return a.actFailed(ctx, s, action, err)
	}
	p := render.New(a.streams.Err, render.Options{Width: a.streams.Width, Zone: a.streams.Zone})
	p.Plan(s.Name(), spec, plan)
	if err := p.Flush(); err != nil {
		return err
	}
	_, _ = fmt.Fprint(a.streams.Err, `Carry it out? Type "yes": `)
	answer, err := a.answer(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(a.streams.Err)
		return err
	}
	if answer != "yes" {
		return &ExitError{Code: exitNotApproved, Err: errors.New(`not approved: the answer was not "yes"; nothing was changed`)}
	}
	return nil
}

// maxAnswer bounds the line that is read for an answer, in bytes.
const maxAnswer = 1 << 10

// answer reads a line from standard input. Reading a terminal cannot be called
// off: when ctx ends the goroutine stays until there is a line, or the process
// ends, which is what an interrupt leads to.
func (a *app) answer(ctx context.Context) (string, error) {
	lines := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(io.LimitReader(a.streams.In, maxAnswer)).ReadString('\n')
		if err != nil {
			line = "" // half a line is no answer
		}
		lines <- strings.TrimSpace(line)
	}()
	select {
	case line := <-lines:
		return line, nil
	case <-ctx.Done():
		return "", fmt.Errorf("wait for approval: %w", ctx.Err())
	}
}

// contractError is err as the contract has it. What carries no effect is of
// unknown effect.
func contractError(err error) *protocol.Error {
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		e = &protocol.Error{Code: protocol.CodeOf(err), Message: err.Error()}
	}
	withEffect := *e
	withEffect.Effect = protocol.EffectOf(err)
	return &withEffect
}
