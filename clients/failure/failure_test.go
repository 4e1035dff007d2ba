package failure_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

func TestError(t *testing.T) {
	cases := map[string]struct {
		reason string
		err    failure.Error
		want   string
	}{
		"Full": {
			reason: "What, where, the class in words, the status, the detail.",
			err:    failure.Error{Op: "GET /a", Target: "http://h", Class: failure.TooLarge, Status: 200, Detail: "over 1 byte"},
			want:   "GET /a on http://h: too large (status 200): over 1 byte",
		},
		"NoTarget": {
			reason: "A client of a single server need not name it.",
			err:    failure.Error{Op: "PING", Class: failure.OutOfMemory},
			want:   "PING: out of memory",
		},
		"NoStatus": {
			reason: "Without an answer there is no status.",
			err:    failure.Error{Op: "GET /a", Target: "http://h", Class: failure.Timeout, Detail: "no answer within 2s"},
			want:   "GET /a on http://h: timeout: no answer within 2s",
		},
		"CauseNotRepeated": {
			reason: "The cause is for programs; what it says may be hostile.",
			err:    failure.Error{Op: "GET /a", Class: failure.Unreachable, Err: errors.New("\x1b[2J")},
			want:   "GET /a: unreachable",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.err.Error()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUnwrap(t *testing.T) {
	err := fmt.Errorf("around: %w", &failure.Error{Op: "PING", Class: failure.Unreachable, Err: io.EOF})
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is out of reach")
	}
}

func TestAnswered(t *testing.T) {
	answered := map[failure.Class]bool{
		failure.Unreachable: false, failure.Timeout: false, failure.Canceled: false, failure.Invalid: false,

		failure.Unauthenticated: true, failure.Forbidden: true, failure.Rejected: true, failure.Failing: true,
		failure.Malformed: true, failure.TooLarge: true, failure.WrongType: true, failure.ReadOnly: true,
		failure.OutOfMemory: true, failure.Loading: true, failure.ClusterDown: true,
	}
	for class, want := range answered {
		if got := (&failure.Error{Class: class}).Answered(); got != want {
			t.Errorf("an error of the class %s: Answered() = %t, want %t", class, got, want)
		}
	}
}

// timeout is a net.Error of the kind that many libraries have.
type timeout struct{}

func (timeout) Error() string   { return "slow" }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return true }

func TestClassOf(t *testing.T) {
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("shutting down"))
	cases := map[string]struct {
		reason string
		err    error
		want   failure.Class
	}{
		"Nil":           {reason: "No error has no class."},
		"Ours":          {reason: "A class that was given stays.", err: &failure.Error{Class: failure.Loading, Err: context.Canceled}, want: failure.Loading},
		"Wrapped":       {reason: "However deep.", err: fmt.Errorf("a: %w", &failure.Error{Class: failure.Forbidden}), want: failure.Forbidden},
		"FirstOfJoined": {reason: "The first speaks.", err: errors.Join(&failure.Error{Class: failure.Failing}, &failure.Error{Class: failure.Timeout}), want: failure.Failing},
		"Canceled":      {reason: "The caller gave up.", err: ended.Err(), want: failure.Canceled},
		"Deadline":      {reason: "A context's deadline.", err: fmt.Errorf("a: %w", context.DeadlineExceeded), want: failure.Timeout},
		"ConnDeadline":  {reason: "A connection's deadline.", err: &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, want: failure.Timeout},
		"NetTimeout":    {reason: "Whatever calls itself a timeout.", err: timeout{}, want: failure.Timeout},
		"SynTimeout":    {reason: "The kernel gave up connecting.", err: &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ETIMEDOUT)}, want: failure.Timeout},
		"Refused":       {reason: "Nobody listens.", err: &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, want: failure.Unreachable},
		"NoName":        {reason: "Nobody is called so.", err: &net.DNSError{Err: "no such host", IsNotFound: true}, want: failure.Unreachable},
		"EOF":           {reason: "The connection ended.", err: io.EOF, want: failure.Unreachable},
		"Other":         {reason: "What is not known gave no answer.", err: errors.New("a"), want: failure.Unreachable},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := failure.ClassOf(tc.err); got != tc.want {
				t.Errorf("%s\nClassOf(%v) = %q, want %q", tc.reason, tc.err, got, tc.want)
			}
		})
	}
}
