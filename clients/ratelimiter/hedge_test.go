package ratelimiter_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

// delays is a transport under which each host answers after its own time. It
// records when it was asked, since the test began. Under synctest the times are
// exact.
type delays struct {
	start  time.Time
	answer map[string]time.Duration
	asked  chan string
	ended  chan string
}

func newDelays(answer map[string]time.Duration) *delays {
	return &delays{start: time.Now(), answer: answer, asked: make(chan string, 16), ended: make(chan string, 16)}
}

func (d *delays) RoundTrip(req *http.Request) (*http.Response, error) {
	d.asked <- req.URL.Host + " at " + time.Since(d.start).String()
	defer func() { d.ended <- req.URL.Host }()
	select {
	case <-time.After(d.answer[req.URL.Host]):
		return &http.Response{
			StatusCode: http.StatusOK,
			Header:     http.Header{},
			Body:       io.NopCloser(strings.NewReader(anAnswer)),
			Request:    req,
		}, nil
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

func drain(c chan string) []string {
	close(c)
	var all []string
	for s := range c {
		all = append(all, s)
	}
	return all
}

func TestHedging(t *testing.T) {
	cases := map[string]struct {
		reason    string
		answer    map[string]time.Duration
		deadline  time.Duration
		want      failure.Class
		wantAsked []string
		wantTook  time.Duration
	}{
		"FastEnough": {
			reason:    "An answer within the delay asks no other.",
			answer:    map[string]time.Duration{"a": 249 * time.Millisecond, "b": 0, "c": 0},
			deadline:  time.Minute,
			wantAsked: []string{"a at 0s"},
			wantTook:  249 * time.Millisecond,
		},
		"SlowFirst": {
			reason:    "The second answers while the first is still asked.",
			answer:    map[string]time.Duration{"a": time.Hour, "b": 10 * time.Millisecond, "c": 0},
			deadline:  time.Minute,
			wantAsked: []string{"a at 0s", "b at 250ms"},
			wantTook:  260 * time.Millisecond,
		},
		"FirstWinsLate": {
			reason:    "The first goes on and may still win.",
			answer:    map[string]time.Duration{"a": 300 * time.Millisecond, "b": time.Hour, "c": time.Hour},
			deadline:  time.Minute,
			wantAsked: []string{"a at 0s", "b at 250ms"},
			wantTook:  300 * time.Millisecond,
		},
		"TwoHung": {
			reason:    "The third after twice the delay.",
			answer:    map[string]time.Duration{"a": time.Hour, "b": time.Hour, "c": 0},
			deadline:  time.Minute,
			wantAsked: []string{"a at 0s", "b at 250ms", "c at 500ms"},
			wantTook:  500 * time.Millisecond,
		},
		"NearDeadline": {
			reason:    "All are asked within the first half of the time left.",
			answer:    map[string]time.Duration{"a": time.Hour, "b": time.Hour, "c": 0},
			deadline:  600 * time.Millisecond,
			wantAsked: []string{"a at 0s", "b at 100ms", "c at 200ms"},
			wantTook:  200 * time.Millisecond,
		},
		"AllHung": {
			reason:    "The deadline ends it, to the instant.",
			answer:    map[string]time.Duration{"a": time.Hour, "b": time.Hour, "c": time.Hour},
			deadline:  600 * time.Millisecond,
			want:      failure.Timeout,
			wantAsked: []string{"a at 0s", "b at 100ms", "c at 200ms"},
			wantTook:  600 * time.Millisecond,
		},
		"NoDeadline": {
			reason:    "Without a deadline the client has its own.",
			answer:    map[string]time.Duration{"a": time.Hour, "b": time.Hour, "c": time.Hour},
			want:      failure.Timeout,
			wantAsked: []string{"a at 0s", "b at 250ms", "c at 500ms"},
			wantTook:  ratelimiter.DefaultTimeout,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := newDelays(tc.answer)
				c := newClient(t, ratelimiter.Options{
					BaseURLs:   []string{"http://a", "http://b", "http://c"},
					HTTPClient: &http.Client{Transport: transport},
				})
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				start := time.Now()
				_, err := c.Limits(ctx)
				took := time.Since(start)
				asked, ended := drain(transport.asked), drain(transport.ended)
				if class := failure.ClassOf(err); class != tc.want {
					t.Errorf("%s\nclass %q, want %q: %v", tc.reason, class, tc.want, err)
				}
				if diff := cmp.Diff(tc.wantAsked, asked); diff != "" {
					t.Errorf("%s\nasked, -want +got:\n%s", tc.reason, diff)
				}
				if took != tc.wantTook {
					t.Errorf("%s\ntook %s, want %s", tc.reason, took, tc.wantTook)
				}
				if len(ended) != len(asked) {
					t.Errorf("%s\n%d requests had ended when the call returned, of %d", tc.reason, len(ended), len(asked))
				}
			})
		})
	}
}

func TestHedgeWinnerIsPreferred(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := newDelays(map[string]time.Duration{"a": time.Hour, "b": 0})
		c := newClient(t, ratelimiter.Options{
			BaseURLs:   []string{"http://a", "http://b"},
			HTTPClient: &http.Client{Transport: transport},
		})
		for range 2 {
			if _, err := c.Limits(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want := []string{"a at 0s", "b at 250ms", "b at 250ms"}
		if diff := cmp.Diff(want, drain(transport.asked)); diff != "" {
			t.Errorf("asked, -want +got:\n%s", diff)
		}
	})
}

func TestCancellationIsPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := newDelays(map[string]time.Duration{"a": time.Hour, "b": time.Hour})
		c := newClient(t, ratelimiter.Options{
			BaseURLs:   []string{"http://a", "http://b"},
			HTTPClient: &http.Client{Transport: transport},
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := c.Limits(ctx)
		if took := time.Since(start); took != time.Second {
			t.Errorf("returned after %s, cancelled after 1s", took)
		}
		if class := failure.ClassOf(err); class != failure.Canceled || !errors.Is(err, context.Canceled) {
			t.Errorf("class %q, want canceled: %v", class, err)
		}
		if ratelimiter.Answered(err) {
			t.Errorf("a cancelled call was not answered: %v", err)
		}
	})
}
