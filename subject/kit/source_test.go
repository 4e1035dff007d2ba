package kit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

// TestSourceClassOf has every class that a client can return.
func TestSourceClassOf(t *testing.T) {
	classes := map[failure.Class]struct {
		want   protocol.SourceClass
		silent bool // what makes "it is not there"
	}{
		failure.Unreachable:     {want: protocol.SourceUnreachable, silent: true},
		failure.Timeout:         {want: protocol.SourceTimeout, silent: true},
		failure.Canceled:        {want: protocol.SourceDeadline},
		failure.Unauthenticated: {want: protocol.SourceRefused},
		failure.Forbidden:       {want: protocol.SourceRefused},
		failure.Rejected:        {want: protocol.SourceRefused},
		failure.Invalid:         {want: protocol.SourceRefused},
		failure.Failing:         {want: protocol.SourceFailing},
		failure.Malformed:       {want: protocol.SourceMalformed},
		failure.TooLarge:        {want: protocol.SourceMalformed},
		failure.WrongType:       {want: protocol.SourceRefused},
		failure.ReadOnly:        {want: protocol.SourceFailing},
		failure.OutOfMemory:     {want: protocol.SourceFailing},
		failure.Loading:         {want: protocol.SourceFailing},
		failure.ClusterDown:     {want: protocol.SourceFailing},
		"of tomorrow":           {want: protocol.SourceUnreachable, silent: true},
	}
	for class, tc := range classes {
		err := fmt.Errorf("around: %w", &failure.Error{Op: "ask", Class: class})
		got := kit.SourceClassOf(err)
		if got != tc.want {
			t.Errorf("%s is %s, want %s", class, got, tc.want)
		}
		if silent := (&kit.Miss{Class: got}).Silent(); silent != tc.silent {
			t.Errorf("%s: silent is %t", class, silent)
		}
	}
	for err, want := range map[error]protocol.SourceClass{
		nil:                      protocol.SourceOK,
		context.Canceled:         protocol.SourceDeadline,
		context.DeadlineExceeded: protocol.SourceTimeout,
		errors.New("a"):          protocol.SourceUnreachable,
	} {
		if got := kit.SourceClassOf(err); got != want {
			t.Errorf("%v is %s, want %s", err, got, want)
		}
	}
}

func TestMiss(t *testing.T) {
	var none *kit.Miss
	if none.Silent() {
		t.Error("what was read is silent")
	}
	for _, class := range []protocol.SourceClass{
		protocol.SourceOK, protocol.SourceDeadline, protocol.SourceRefused, protocol.SourceFailing, protocol.SourceMalformed,
		protocol.SourcePartial, protocol.SourceSkipped, protocol.SourceNotConfigured,
	} {
		if (&kit.Miss{Class: class}).Silent() {
			t.Errorf("%s is silent", class)
		}
	}
	source, reason := (&kit.Miss{Source: "redis/ping", Message: "refused"}).Blame()
	if diff := cmp.Diff([]string{"redis/ping", "refused"}, []string{source, reason}); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestMissText: a client's words are kept, a stranger's made harmless, and all
// are bounded.
func TestMissText(t *testing.T) {
	cases := map[string]struct {
		reason string
		err    error
		want   string
	}{
		"Client":   {reason: "A client escapes what it quotes.", err: &failure.Error{Op: "GET /" + strings.Repeat("a", 400), Class: failure.Failing}, want: "GET /" + strings.Repeat("a", 400) + ": failing"},
		"Stranger": {reason: "Nobody knows what is in there.", err: errors.New("\x1b[2Jgone\naway"), want: `\x1b[2Jgone\naway`},
		"Endless":  {reason: "A hundred endpoints each had a word.", err: &failure.Error{Op: strings.Repeat("я", 2000), Class: failure.Failing}, want: strings.Repeat("я", 1024) + "... (4009 bytes)"},
		"CutRune":  {reason: "No rune is halved.", err: &failure.Error{Op: "a" + strings.Repeat("я", 2000), Class: failure.Failing}, want: "a" + strings.Repeat("я", 1023) + "... (4010 bytes)"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, miss := kit.Read(mustRound(t, t.Context()), "src", 1<<40, func(context.Context) (int, error) { return 0, tc.err }).Wait()
			if diff := cmp.Diff(tc.want, miss.Message); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestMissPresence: only what says something of the source itself counts.
func TestMissPresence(t *testing.T) {
	classes := map[protocol.SourceClass]struct{ there, known bool }{
		protocol.SourceUnreachable: {known: true}, protocol.SourceTimeout: {known: true},
		protocol.SourceFailing: {known: true}, protocol.SourceMalformed: {known: true},
		protocol.SourceDeadline: {}, protocol.SourceRefused: {}, protocol.SourcePartial: {},
		protocol.SourceSkipped: {}, protocol.SourceNotConfigured: {},
	}
	for class, want := range classes {
		if there, known := (&kit.Miss{Class: class}).Presence(); there != want.there || known != want.known {
			t.Errorf("%s: there %t, known %t", class, there, known)
		}
	}
	if there, known := (*kit.Miss)(nil).Presence(); !there || !known {
		t.Errorf("what was read is there %t, known %t", there, known)
	}
}
