package subjecttest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// The operations that errors come from.
const (
	opOpen    = "Open"
	opObserve = "Observe"
	opAct     = "Act"
)

// seen remembers what is wrong with the errors of a whole run, by the rule that
// it breaks. It is safe for concurrent use.
type seen struct {
	secrets []string // what no error and no observation may repeat

	mu    sync.Mutex
	wrong map[string]*problems
}

// The rules about errors, by the check that reports on them.
const (
	ruleTyped     = "errors/typed"
	ruleCode      = "errors/known_code"
	ruleMessage   = "errors/message"
	rulePrintable = "errors/printable"
	ruleEffect    = "errors/effect"
	ruleFields    = "errors/fields"
	ruleRetryable = "errors/retryable"
	ruleSecrets   = "errors/secrets"
)

// The bounds of an error's texts, in bytes.
const (
	maxErrorMessage = 16 << 10
	maxErrorField   = 4 << 10
	maxErrorFields  = 1000
)

func (s *seen) add(rule, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrong == nil {
		s.wrong = make(map[string]*problems)
	}
	if s.wrong[rule] == nil {
		s.wrong[rule] = &problems{}
	}
	s.wrong[rule].addf(format, args...)
}

func (s *seen) verdict(rule string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.wrong[rule]; p != nil {
		return p.err()
	}
	return nil
}

// err looks at an error of op; nil says nothing.
func (s *seen) err(op string, err error) {
	if err == nil {
		return
	}
	if _, ours := errors.AsType[*faultError](err); ours {
		return
	}
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok {
		s.add(ruleTyped, "%s returned %s", op, told(err))
		return
	}
	if !slices.Contains(codes, e.Code) {
		s.add(ruleCode, "%s returned an error of code %s, which is none of the contract's: %s", op, quoted(string(e.Code)), quoted(err.Error()))
	}
	if strings.TrimSpace(e.Message) == "" || len(e.Message) > maxErrorMessage {
		s.add(ruleMessage, "%s returned an error whose Message has %d bytes, want 1 to %d: %s", op, len(e.Message), maxErrorMessage, told(err))
	}
	if len(e.Fields) > maxErrorFields {
		s.add(ruleMessage, "%s returned an error with %d Fields, want at most %d", op, len(e.Fields), maxErrorFields)
	}
	s.printable(op, err)
	s.effect(op, e)
	s.fields(op, e)
	s.secret(op+" returned an error", err.Error())
}

func (s *seen) printable(op string, err error) {
	text := err.Error()
	if i := strings.IndexFunc(text, unsafeRune); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		s.add(rulePrintable, "%s returned an error with a raw %U in it: %s", op, r, quoted(text))
	} else if !utf8.ValidString(text) {
		s.add(rulePrintable, "%s returned an error that is no UTF-8: %s", op, quoted(text))
	}
}

func (s *seen) effect(op string, e *protocol.Error) {
	switch {
	case op != opAct && e.Effect != "":
		s.add(ruleEffect, "%s returned an error with the Effect %s, which only an error of Act has: %s", op, quoted(string(e.Effect)), told(e))
	case op == opAct && !slices.Contains([]protocol.Effect{protocol.EffectNone, protocol.EffectApplied, protocol.EffectUnknown}, e.Effect):
		s.add(ruleEffect, "Act returned an error with the Effect %s, want not_applied, applied or unknown: %s", quoted(string(e.Effect)), told(e))
	case e.Retryable && (e.Effect == protocol.EffectUnknown || e.Effect == protocol.EffectApplied):
		s.add(ruleRetryable, "Act returned a Retryable error although the change is %s, so that the same call returns the same error: %s", e.Effect, told(e))
	}
}

func (s *seen) fields(op string, e *protocol.Error) {
	if e.Code != protocol.InvalidArgument {
		return
	}
	if len(e.Fields) == 0 {
		s.add(ruleFields, "%s returned an InvalidArgument error without Fields: %s", op, told(e))
	}
	for _, f := range e.Fields {
		if f.Message == "" || len(f.Message) > maxErrorField || len(f.Path) > maxErrorField {
			s.add(ruleFields, "%s returned an error with a Field of path %s whose Message has %d bytes, want 1 to %d in each",
				op, quoted(f.Path), len(f.Message), maxErrorField)
		}
	}
}

// observation looks whether an observation tells a secret.
func (s *seen) observation(o protocol.Observation) {
	if len(s.secrets) == 0 {
		return
	}
	doc, err := json.Marshal(o)
	if err == nil {
		s.secret("Observe returned an observation", string(doc))
	}
}

func (s *seen) secret(what, text string) {
	for _, secret := range s.secrets {
		if strings.Contains(text, secret) {
			// Not the text itself: a report is read by more people than a configuration.
			s.add(ruleSecrets, "%s that repeats the value, %d bytes long, of a field that the configuration's schema declares writeOnly", what, len(secret))
		}
	}
}

// codes are the contract's.
var codes = []protocol.Code{
	protocol.Canceled, protocol.UnknownError, protocol.InvalidArgument, protocol.DeadlineExceeded, protocol.NotFound,
	protocol.AlreadyExists, protocol.PermissionDenied, protocol.ResourceExhausted, protocol.FailedPrecondition,
	protocol.Aborted, protocol.OutOfRange, protocol.Unimplemented, protocol.Internal, protocol.Unavailable,
	protocol.DataLoss, protocol.Unauthenticated,
}

// refused returns what is wrong with err as the refusal of a wrong input, nil
// if nothing is: InvalidArgument with each of paths among its fields, and of
// Act EffectNone.
func refused(op string, err error, paths ...string) error {
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || e.Code != protocol.InvalidArgument {
		return fmt.Errorf("want InvalidArgument, got %s", told(err))
	}
	if op == opAct && e.Effect != protocol.EffectNone {
		return fmt.Errorf("want the Effect %s, got %s", protocol.EffectNone, cmp.Or(string(e.Effect), "none"))
	}
	var missing, got []string
	for _, f := range e.Fields {
		got = append(got, f.Path)
	}
	for _, path := range paths {
		if !slices.Contains(got, path) {
			missing = append(missing, path)
		}
	}
	switch {
	case len(e.Fields) == 0:
		return fmt.Errorf("no Field tells what is wrong: %s", told(err))
	case len(missing) > 0:
		return fmt.Errorf("want a Field for each of %s, got Fields for %s: %s", quoted(strings.Join(missing, ", ")), quoted(strings.Join(got, ", ")), told(err))
	}
	return nil
}
