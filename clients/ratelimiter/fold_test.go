package ratelimiter_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

const (
	counterA = `{"key":"a","count":1,"limit":10,"remaining":9}`
	counterB = `{"key":"b","count":2,"limit":10,"remaining":8}`
)

// What an endpoint has told before it failed is in no result: each has a T of
// its own, and that of the one that answered well is returned.
func TestFoldCountersTakesOneEndpointsWord(t *testing.T) {
	sum := func(n int64, c ratelimiter.Counter) int64 { return n + c.Count }
	whole := clienttest.Answering(http.StatusOK, `{"counters":[`+counterA+`,`+counterB+`]}`)
	for name, tc := range map[string]struct {
		reason string
		first  http.HandlerFunc
	}{
		"Wrong": {reason: "the second counter is none", first: clienttest.Answering(http.StatusOK, `{"counters":[`+counterA+`,{}]}`)},
		"Broken": {reason: "the answer ends in its middle", first: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"counters":[`+counterA+`,`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := clienttest.Serve(t, tc.first), clienttest.Serve(t, whole)
			c := newClient(t, ratelimiter.Options{BaseURLs: []string{first.URL, second.URL}, HedgeDelay: forever})
			got, err := ratelimiter.FoldCounters(t.Context(), c, func() int64 { return 100 }, sum)
			if err != nil || got != 103 {
				t.Errorf("%s: %d, %v, want 103", tc.reason, got, err)
			}
			alone := newClient(t, ratelimiter.Options{BaseURLs: []string{first.URL}})
			list, err := alone.Counters(t.Context())
			if list != nil || failure.ClassOf(err) != failure.Malformed {
				t.Errorf("%s: alone it has %v, %v", tc.reason, list, err)
			}
		})
	}
}

// An answer over the bound is that, whatever has been read of it.
func TestFoldCountersIsBounded(t *testing.T) {
	server := clienttest.Serve(t, clienttest.Answering(http.StatusOK, `{"counters":[`+counterA+`,`+counterB+`]}`))
	c := newClient(t, ratelimiter.Options{BaseURLs: []string{server.URL}, MaxBody: int64(len(counterA) + 30)})
	got, err := c.Counters(t.Context())
	if diff := cmp.Diff([]ratelimiter.Counter(nil), got); diff != "" || failure.ClassOf(err) != failure.TooLarge {
		t.Errorf("%v\n%s", err, diff)
	}
}
