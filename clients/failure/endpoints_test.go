package failure_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

func of(classes ...failure.Class) []*failure.Error {
	all := make([]*failure.Error, len(classes))
	for i, class := range classes {
		all[i] = &failure.Error{Op: "GET /a", Target: fmt.Sprintf("http://h%d", i), Class: class}
	}
	return all
}

func TestOfEndpoints(t *testing.T) {
	cases := map[string]struct {
		reason   string
		classes  []failure.Class
		want     string
		class    failure.Class
		answered bool
	}{
		"None": {reason: "Nothing failed.", answered: true},
		"One":  {reason: "A single failure stays itself.", classes: []failure.Class{failure.Timeout}, want: "GET /a on http://h0: timeout", class: failure.Timeout},
		"Two": {
			reason:  "One that answered comes first, whatever came first.",
			classes: []failure.Class{failure.Unreachable, failure.Failing},
			want:    "GET /a on http://h1: failing (and 1 more endpoint: 1 unreachable)", class: failure.Failing, answered: true,
		},
		"Mixed": {
			reason:  "The others are counted by class, the telling ones first.",
			classes: []failure.Class{failure.Canceled, failure.Unreachable, failure.Timeout, failure.TooLarge, failure.Unreachable, failure.TooLarge},
			want:    "GET /a on http://h3: too large (and 5 more endpoints: 1 too large, 1 timeout, 2 unreachable, 1 canceled)", class: failure.TooLarge, answered: true,
		},
		"Silent": {
			reason:  "A timeout tells more than no connection, but is no answer.",
			classes: []failure.Class{failure.Unreachable, failure.Timeout},
			want:    "GET /a on http://h1: timeout (and 1 more endpoint: 1 unreachable)", class: failure.Timeout,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			given := of(tc.classes...)
			err := failure.OfEndpoints(given)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			if class := failure.ClassOf(err); class != tc.class {
				t.Errorf("%s\nclass %q, want %q", tc.reason, class, tc.class)
			}
			if failure.Answered(err) != tc.answered {
				t.Errorf("%s\nAnswered() = %t", tc.reason, !tc.answered)
			}
			if len(given) > 0 && given[0].Target != "http://h0" {
				t.Errorf("%s\nthe caller's failures were sorted under its hands", tc.reason)
			}
		})
	}
}

func TestEndpointsErrorIsBounded(t *testing.T) {
	many := make([]*failure.Error, 1000)
	for i := range many {
		many[i] = &failure.Error{Op: "GET /a", Class: failure.Failing, Detail: failure.Quote(strings.Repeat("x", 1000))}
	}
	many[500].Err = io.EOF
	err := failure.OfEndpoints(many)
	if text := err.Error(); len(text) > 2*failure.MaxQuote || !strings.HasSuffix(text, "(and 999 more endpoints: 999 failing)") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
	all, ok := errors.AsType[*failure.EndpointsError](fmt.Errorf("around: %w", err))
	if !ok || len(all.Failures) != 1000 || !errors.Is(err, io.EOF) {
		t.Error("a failure is out of reach")
	}
}

func TestEndpointsErrorMadeByHand(t *testing.T) {
	for want, failures := range map[string][]*failure.Error{
		"no endpoint was tried":         nil,
		"GET /a on http://h0: canceled": of(failure.Canceled),
	} {
		if got := (&failure.EndpointsError{Failures: failures}).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAnsweredByAnotherError(t *testing.T) {
	if failure.Answered(errors.New("something else")) {
		t.Error("an error that says nothing of a service was taken for an answer")
	}
}
