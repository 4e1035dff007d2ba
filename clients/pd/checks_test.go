package pd_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// manyRegions writes a list of n regions as PD would, and tells how much of it
// was taken.
func manyRegions(n int, region string) (handler http.HandlerFunc, written func() int) {
	taken := make(chan int, 1)
	return func(w http.ResponseWriter, _ *http.Request) {
		total := 0
		defer func() { taken <- total }()
		write := func(text string) bool {
			k, err := io.WriteString(w, text)
			total += k
			return err == nil
		}
		chunk := strings.Repeat(region+",", 1000)
		if !write(fmt.Sprintf(`{"count":%d,"regions":[`, n)) {
			return
		}
		for i := 0; i+1000 < n; i += 1000 {
			if !write(chunk) {
				return
			}
		}
		write(strings.Repeat(region+",", 999) + region + "]}")
	}, func() int { return <-taken }
}

func TestCheckReadsNoMoreThanItKeeps(t *testing.T) {
	region := clienttest.Load(t, "region-by-id").Response.Body
	const million = 1_000_000
	for _, keep := range []int{0, 1, 100} {
		handler, written := manyRegions(million, region)
		server := clienttest.Serve(t, handler)
		c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
		list, err := c.Check(t.Context(), pd.CheckDownPeer, keep)
		if err != nil || list.Count != million || len(list.Regions) != keep {
			t.Fatalf("keep %d: got %d of %d: %v", keep, len(list.Regions), list.Count, err)
		}
		if n := written(); n > 100<<20 {
			t.Errorf("keep %d: %d MiB were read", keep, n>>20)
		}
	}
}

func TestCheckBoundsWhatItKeeps(t *testing.T) {
	handler, _ := manyRegions(100_000, clienttest.Load(t, "region-by-id").Response.Body)
	server := clienttest.Serve(t, handler)
	c := newClient(t, pd.Options{Endpoints: []string{server.URL}, MaxBody: 1 << 20})
	_, err := c.Check(t.Context(), pd.CheckDownPeer, 100_000)
	want := clienttest.Outcome{Class: failure.TooLarge, Status: 200, Sent: true, Detail: "the answer is over 1048576 bytes"}
	if diff := cmp.Diff(want, clienttest.OutcomeOf(nil, err)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCheckValidates(t *testing.T) {
	server := clienttest.Serve(t, clienttest.Answering(200, `{"count":0,"regions":[]}`))
	c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
	check := func(kind pd.Check, keep int) func(context.Context) error {
		return func(ctx context.Context) error { _, err := c.Check(ctx, kind, keep); return err }
	}
	for want, do := range map[string]func(context.Context) error{
		`GET /pd/api/v1/regions/check/{kind}: invalid: kind: there is no "../stores"`: check("../stores", 0),
		`GET /pd/api/v1/regions/check/{kind}: invalid: kind: there is no ""`:          check("", 0),
		"GET /pd/api/v1/regions/check/miss-peer: invalid: keep: negative: -1":         check(pd.CheckMissPeer, -1),
	} {
		if err := do(t.Context()); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if n := server.Asked.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	for _, kind := range []pd.Check{pd.CheckMissPeer, pd.CheckDownPeer, pd.CheckPendingPeer, pd.CheckExtraPeer, pd.CheckOfflinePeer, pd.CheckLearnerPeer, pd.CheckEmptyRegion} {
		if _, err := c.Check(t.Context(), kind, 1); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
