package kit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func TestReadConcurrently(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		round := mustRound(t, t.Context())
		slow := kit.Read(round, "slow", time.Minute, answer("s", 3*time.Second))
		fast := kit.Read(round, "fast", time.Minute, answer("f", time.Second))
		got, miss := slow.Wait()
		also, also2 := fast.Wait()
		if got != "s" || miss != nil || also != "f" || also2 != nil {
			t.Errorf("got %q %v, %q %v", got, miss, also, also2)
		}
		if took := time.Since(round.Started()); took != 3*time.Second {
			t.Errorf("two readings took %v: not the slowest but the sum", took)
		}
		want := []protocol.Source{
			{Name: "fast", Class: protocol.SourceOK, Latency: time.Second},
			{Name: "slow", Class: protocol.SourceOK, Latency: 3 * time.Second},
		}
		if diff := cmp.Diff(want, round.Sources()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// TestReadPanics: one source's bug is contained, and is nobody's verdict.
func TestReadPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		round := mustRound(t, t.Context())
		bad := kit.Read(round, "bad", time.Second, func(context.Context) (int, error) {
			var answers []int
			return answers[len(answers)], nil
		})
		told := kit.Read(round, "told", time.Second, func(context.Context) (int, error) { panic("\x1b[2J" + strings.Repeat("x", 1000)) })
		good := kit.Read(round, "good", time.Second, answer(1, time.Millisecond))
		_, miss := bad.Wait()
		if miss == nil || miss.Silent() || miss.Class != protocol.SourceSkipped {
			t.Fatalf("a bug of ours reads as the source's state: %+v", miss)
		}
		if !strings.HasPrefix(miss.Message, "bad: a bug: runtime error: index out of range [0] with length 0 (reading_test.go:") {
			t.Errorf("it does not say where: %s", miss.Message)
		}
		if _, miss = told.Wait(); strings.ContainsAny(miss.Message, "\x1b\n") || len(miss.Message) > 400 {
			t.Errorf("it is not one line: %q", miss.Message)
		}
		if value, miss := good.Wait(); value != 1 || miss != nil {
			t.Errorf("the others are lost: %d, %v", value, miss)
		}
	})
}

// TestReadTwice: a source that is asked twice is as good as its worst answer, in
// whatever order the answers come.
func TestReadTwice(t *testing.T) {
	fail := func(class failure.Class) func(context.Context) (int, error) {
		return func(context.Context) (int, error) { return 0, &failure.Error{Op: "ask", Class: class} }
	}
	part := func(context.Context) (int, error) { return 1, &kit.Partial{Message: "half"} }
	whole := func(context.Context) (int, error) { return 1, nil }
	cases := map[string]struct {
		reason string
		a, b   func(context.Context) (int, error)
		want   protocol.Source
	}{
		"Fine":         {reason: "Twice well is well.", a: whole, b: whole, want: protocol.Source{Class: protocol.SourceOK}},
		"OnceNot":      {reason: "Once not is not.", a: whole, b: fail(failure.Failing), want: protocol.Source{Class: protocol.SourceFailing, Message: "ask: failing"}},
		"InPart":       {reason: "In part is not whole.", a: whole, b: part, want: protocol.Source{Class: protocol.SourcePartial, Message: "half"}},
		"WorseThan":    {reason: "Not at all is worse than in part.", a: part, b: fail(failure.Unreachable), want: protocol.Source{Class: protocol.SourceUnreachable, Message: "ask: unreachable"}},
		"GoneIsWorst":  {reason: "Gone is worse than unwilling.", a: fail(failure.Forbidden), b: fail(failure.Unreachable), want: protocol.Source{Class: protocol.SourceUnreachable, Message: "ask: unreachable"}},
		"FailingWorse": {reason: "Failing is worse than malformed.", a: fail(failure.Failing), b: fail(failure.Malformed), want: protocol.Source{Class: protocol.SourceFailing, Message: "ask: failing"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, order := range [][]func(context.Context) (int, error){{tc.a, tc.b}, {tc.b, tc.a}} {
				synctest.Test(t, func(t *testing.T) {
					round := mustRound(t, t.Context())
					for _, read := range order {
						_, _ = kit.Read(round, "src", time.Second, read).Wait()
					}
					want := tc.want
					want.Name = "src"
					if diff := cmp.Diff([]protocol.Source{want}, round.Sources()); diff != "" {
						t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
					}
				})
			}
		})
	}
	t.Run("Latency", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			round := mustRound(t, t.Context())
			_, _ = kit.Read(round, "src", time.Minute, answer(1, time.Second)).Wait()
			_, _ = kit.Read(round, "src", time.Minute, answer(1, 2*time.Second)).Wait()
			if got := round.Sources()[0].Latency; got != 3*time.Second {
				t.Errorf("one after the other took %v", got)
			}
		})
	})
}

func TestReadPartial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		round := mustRound(t, t.Context())
		value, miss := kit.Read(round, "src", time.Second, func(context.Context) ([]int, error) {
			return []int{1}, errors.Join(&kit.Partial{Message: "1 of 2 was read"}, errors.New("more"))
		}).Wait()
		if len(value) != 1 || miss != nil {
			t.Errorf("what was read is lost: %v, %v", value, miss)
		}
		if diff := cmp.Diff([]protocol.Source{{Name: "src", Class: protocol.SourcePartial, Message: "1 of 2 was read"}}, round.Sources()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// TestReadErrorHasNoValue: what comes with an error is not data.
func TestReadErrorHasNoValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		value, miss := kit.Read(mustRound(t, t.Context()), "src", time.Second, func(context.Context) (int, error) {
			return 7, &failure.Error{Op: "ask", Class: failure.Malformed}
		}).Wait()
		if value != 0 || miss == nil {
			t.Errorf("got %d, %v", value, miss)
		}
		if fe, ok := errors.AsType[*failure.Error](error(miss)); !ok || fe.Class != failure.Malformed {
			t.Errorf("the client's error is lost: %v", miss.Err)
		}
	})
}

func TestNotReadAndGiven(t *testing.T) {
	round := mustRound(t, t.Context())
	value, miss := kit.NotRead[string](round, "redis", protocol.SourceNotConfigured, "no redis is configured").Wait()
	want := &kit.Miss{Source: "redis", Class: protocol.SourceNotConfigured, Message: "no redis is configured"}
	if diff := cmp.Diff(want, miss); diff != "" || value != "" {
		t.Errorf("%q, -want +got:\n%s", value, diff)
	}
	if miss.Silent() || miss.Unwrap() != nil || miss.Error() != want.Message {
		t.Errorf("got %+v", miss)
	}
	if value, miss := kit.Given("a").Wait(); value != "a" || miss != nil {
		t.Errorf("given %q, %v", value, miss)
	}
	if diff := cmp.Diff([]protocol.Source{{Name: "redis", Class: protocol.SourceNotConfigured, Message: "no redis is configured"}}, round.Sources()); diff != "" {
		t.Errorf("what is given is no source: -want +got:\n%s", diff)
	}
}
