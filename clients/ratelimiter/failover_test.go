package ratelimiter_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

// Endpoint behaviours by name, so that a table can list several.
func endpointsOf(t *testing.T, kinds ...string) (urls []string, nodes []*clienttest.Endpoint) {
	t.Helper()
	for _, kind := range kinds {
		var n *clienttest.Endpoint
		switch kind {
		case "good":
			n = clienttest.Serve(t, clienttest.Answering(200, anAnswer))
		case "dead":
			n = &clienttest.Endpoint{URL: clienttest.DeadURL(t)}
		case "hung":
			n = &clienttest.Endpoint{URL: clienttest.RawServer(t, func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)); clienttest.HoldOpen(conn) })}
		case "500":
			n = clienttest.Serve(t, clienttest.Answering(500, "Internal Server Error"))
		case "429":
			n = clienttest.Serve(t, clienttest.Answering(429, "busy"))
		case "html":
			n = clienttest.Serve(t, clienttest.Answering(200, "<html>It works!</html>"))
		case "empty":
			n = clienttest.Serve(t, clienttest.Answering(200, `{}`))
		case "redirect":
			n = clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://elsewhere.invalid/", http.StatusFound)
			})
		case "404", "405", "422", "401", "403":
			status := map[string]int{"404": 404, "405": 405, "422": 422, "401": 401, "403": 403}[kind]
			n = clienttest.Serve(t, clienttest.Answering(status, `{"detail":"no"}`))
		default:
			t.Fatalf("no endpoint of kind %q", kind)
		}
		urls, nodes = append(urls, n.URL), append(nodes, n)
	}
	return urls, nodes
}

func TestReadFailsOver(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason    string
		endpoints []string
		hedge     time.Duration
		deadline  time.Duration // 0: far
		want      failure.Class // "": the good answer
		answered  bool
		asked     []int64 // -1: not counted
	}{
		"FirstGood":      {reason: "One good answer needs one request.", endpoints: []string{"good", "good"}, answered: true, asked: []int64{1, 0}},
		"FirstDead":      {reason: "A refused connection moves on at once.", endpoints: []string{"dead", "good"}, answered: true, asked: []int64{-1, 1}},
		"FirstFailing":   {reason: "A 5xx moves on at once.", endpoints: []string{"500", "good"}, answered: true, asked: []int64{1, 1}},
		"FirstBusy":      {reason: "A 429 is one busy node.", endpoints: []string{"429", "good"}, answered: true, asked: []int64{1, 1}},
		"FirstHTML":      {reason: "Not JSON: not the service.", endpoints: []string{"html", "good"}, answered: true, asked: []int64{1, 1}},
		"FirstEmpty":     {reason: "JSON, but not the answer.", endpoints: []string{"empty", "good"}, answered: true, asked: []int64{1, 1}},
		"FirstRedirects": {reason: "A redirect is the endpoint's fault, not the request's.", endpoints: []string{"redirect", "good"}, answered: true, asked: []int64{1, 1}},
		"FirstHung":      {reason: "Silence moves on after the hedge delay.", endpoints: []string{"hung", "good"}, hedge: time.Millisecond, answered: true, asked: []int64{-1, 1}},
		"OnlyLastGood":   {reason: "Every endpoint has its turn.", endpoints: []string{"dead", "500", "hung", "html", "good"}, hedge: time.Millisecond, answered: true, asked: []int64{-1, -1, -1, -1, 1}},
		"NotFound":       {reason: "A 404 is the answer.", endpoints: []string{"404", "good"}, want: failure.Rejected, answered: true, asked: []int64{1, 0}},
		"WrongMethod":    {reason: "A 405 is the answer.", endpoints: []string{"405", "good"}, want: failure.Rejected, answered: true, asked: []int64{1, 0}},
		"Unprocessable":  {reason: "A 422 is the answer.", endpoints: []string{"422", "good"}, want: failure.Rejected, answered: true, asked: []int64{1, 0}},
		"Unauthorized":   {reason: "A 401 is the answer.", endpoints: []string{"401", "good"}, want: failure.Unauthenticated, answered: true, asked: []int64{1, 0}},
		"Forbidden":      {reason: "A 403 is the answer.", endpoints: []string{"403", "good"}, want: failure.Forbidden, answered: true, asked: []int64{1, 0}},
		"AllDead":        {reason: "No endpoint answered.", endpoints: []string{"dead", "dead"}, want: failure.Unreachable},
		"DeadThenHung":   {reason: "A timeout tells more than no connection.", endpoints: []string{"dead", "hung"}, deadline: 2 * time.Second, want: failure.Timeout},
		"HungThenFailed": {reason: "An endpoint that answered tells most.", endpoints: []string{"hung", "500"}, hedge: time.Millisecond, deadline: 2 * time.Second, want: failure.Failing, answered: true},
		"DeadThenHTML":   {reason: "A malformed answer is an answer.", endpoints: []string{"dead", "html", "dead"}, want: failure.Malformed, answered: true},
		"OneDead":        {reason: "A single endpoint's failure stays itself.", endpoints: []string{"dead"}, want: failure.Unreachable},
		"DeadlineNear":   {reason: "The hedge delay yields to the deadline.", endpoints: []string{"hung", "hung", "good"}, hedge: forever, deadline: 5 * time.Second, answered: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			urls, nodes := endpointsOf(t, tc.endpoints...)
			hedge := tc.hedge
			if hedge == 0 {
				hedge = forever
			}
			c := newClient(t, ratelimiter.Options{BaseURLs: urls, HedgeDelay: hedge})
			ctx := t.Context()
			if tc.deadline > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tc.deadline)
				defer cancel()
			}
			got, err := c.Limits(ctx)
			if class := failure.ClassOf(err); class != tc.want {
				t.Fatalf("%s\nclass %q, want %q: %v", tc.reason, class, tc.want, err)
			}
			if tc.want == "" && got != (ratelimiter.Limits{DefaultLimit: 10, DefaultWindowMS: 60000}) {
				t.Errorf("%s\ngot %+v", tc.reason, got)
			}
			if ratelimiter.Answered(err) != tc.answered {
				t.Errorf("%s\nAnswered() = %t for %v", tc.reason, !tc.answered, err)
			}
			for i, want := range tc.asked {
				if asked := nodes[i].Asked.Load(); want >= 0 && asked != want {
					t.Errorf("%s\nendpoint %d was asked %d times, want %d", tc.reason, i, asked, want)
				}
			}
		})
	}
}

func TestReadPrefersTheEndpointThatAnswered(t *testing.T) {
	urls, nodes := endpointsOf(t, "500", "good", "good")
	c := newClient(t, ratelimiter.Options{BaseURLs: urls, HedgeDelay: forever})
	for range 5 {
		if _, err := c.Limits(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got := []int64{nodes[0].Asked.Load(), nodes[1].Asked.Load(), nodes[2].Asked.Load()}
	if diff := cmp.Diff([]int64{1, 5, 0}, got); diff != "" {
		t.Errorf("requests by endpoint, -want +got:\n%s", diff)
	}
}

func TestEndpointsError(t *testing.T) {
	urls, _ := endpointsOf(t, "dead", "500", "html")
	c := newClient(t, ratelimiter.Options{BaseURLs: urls, HedgeDelay: forever})
	_, err := c.Counters(t.Context())

	all, ok := errors.AsType[*ratelimiter.EndpointsError](err)
	if !ok {
		t.Fatalf("%T is not an EndpointsError: %v", err, err)
	}
	if len(all.Failures) != 3 {
		t.Fatalf("%d failures, want one per endpoint: %v", len(all.Failures), err)
	}
	if fe, _ := errors.AsType[*failure.Error](err); fe == nil || fe.Class != failure.Failing || fe.Status != 500 {
		t.Errorf("the most telling failure is %v, want the 500", fe)
	}
	want := "GET /api/counters on " + urls[1] + `: failing (status 500): "Internal Server Error" (and 2 more endpoints: 1 malformed, 1 unreachable)`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if last := all.Failures[2]; last.Class != failure.Unreachable {
		t.Errorf("the least telling failure is %v, want the dead endpoint", last)
	}
}
