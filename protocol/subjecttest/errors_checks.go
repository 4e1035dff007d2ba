package subjecttest

import (
	"context"
	"encoding/json"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// errorsChecks are about every error that the run has seen. They run last, and
// provoke some errors themselves, for when they run alone.
func errorsChecks() []Check {
	return []Check{
		{ruleTyped, "every error is a *protocol.Error, so that a caller can tell what to do", errorsSeen(ruleTyped)},
		{ruleCode, "the code of every error is one of the contract's", errorsSeen(ruleCode)},
		{ruleMessage, "every error has a message, and it is bounded", errorsSeen(ruleMessage)},
		{rulePrintable, "no error has raw control characters in it: what it quotes somebody else chose", errorsSeen(rulePrintable)},
		{ruleEffect, "an error of Act has an Effect, and no other has one", errorsSeen(ruleEffect)},
		{ruleFields, "an InvalidArgument error says in its Fields what is wrong", errorsSeen(ruleFields)},
		{ruleRetryable, "an error is not Retryable if the change may have been made: the same call returns the same error", errorsSeen(ruleRetryable)},
		{ruleSecrets, "no error and no observation repeats the value of a field that the configuration's schema declares writeOnly", errorsSecrets},
	}
}

func errorsSeen(rule string) func(context.Context, *Env) error {
	return func(ctx context.Context, e *Env) error {
		if err := provoke(ctx, e); err != nil {
			return err
		}
		return e.seen.verdict(rule)
	}
}

func errorsSecrets(ctx context.Context, e *Env) error {
	if len(e.seen.secrets) == 0 {
		return NotApplicable("no configuration of the suite sets a field, of %d bytes or more, that the schema declares writeOnly", shortestSecret)
	}
	return errorsSeen(ruleSecrets)(ctx, e)
}

// provoke has the subject return errors of each kind that can be had; what is
// wrong with them is noted where they are seen.
func provoke(ctx context.Context, e *Env) error {
	o, err := e.down(ctx)
	if err != nil {
		return err
	}
	for _, end := range ended {
		over, cancel := end(ctx)
		_, _ = o.Observe(over)
		_, _ = o.Act(over, protocol.Action{Name: "subjecttest_no_such_action", ID: "1"})
		cancel()
	}
	within, cancel := context.WithTimeout(ctx, e.suite.Patience)
	defer cancel()
	_, _ = o.Observe(within)
	for _, spec := range o.Definition.Actions {
		params := e.suite.Actions[spec.Name].Params
		for _, a := range []protocol.Action{
			{Name: spec.Name, ID: protocol.NewActionID(), Params: params},
			{Name: spec.Name, Params: params, DryRun: true},
			{Name: spec.Name, Params: params},
			{Name: spec.Name, ID: protocol.NewActionID(), Params: json.RawMessage(`{"\u001b[2J":1}`)},
		} {
			_, _ = o.Act(within, a)
		}
	}
	instance, err := e.Start(ctx)
	if err != nil {
		return err
	}
	for _, config := range []string{"{", "null", `{"\u001b[2J":1}`} {
		if opened, _ := e.OpenOn(ctx, instance, json.RawMessage(config)); opened != nil {
			return nil // it is configured now, and can be asked no more
		}
	}
	return nil
}
