package pd_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// recordedRegion is a region of the recording, with the keys that are needed to
// put it in order.
type recordedRegion struct {
	raw        json.RawMessage
	start, end []byte
}

// recordedRegions are the 50 regions of the recording in the order of their
// keys. They cover all keys.
func recordedRegions(t *testing.T) []recordedRegion {
	t.Helper()
	var wire struct{ Regions []json.RawMessage }
	if err := json.Unmarshal([]byte(clienttest.Load(t, "regions-healthy").Response.Body), &wire); err != nil {
		t.Fatal(err)
	}
	regions := make([]recordedRegion, len(wire.Regions))
	for i, raw := range wire.Regions {
		var keys struct {
			Start string `json:"start_key"`
			End   string `json:"end_key"`
		}
		if err := json.Unmarshal(raw, &keys); err != nil {
			t.Fatal(err)
		}
		start, err1 := hex.DecodeString(keys.Start)
		end, err2 := hex.DecodeString(keys.End)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		regions[i] = recordedRegion{raw, start, end}
	}
	slices.SortFunc(regions, func(a, b recordedRegion) int { return bytes.Compare(a.start, b.start) })
	return regions
}

func listOf(raws ...json.RawMessage) string {
	return fmt.Sprintf(`{"count":%d,"regions":[%s]}`, len(raws), bytes.Join(slices.Collect(func(yield func([]byte) bool) {
		for _, raw := range raws {
			if !yield(raw) {
				return
			}
		}
	}), []byte(",")))
}

// scanning answers as PD's ScanRegions does: from the region that holds the
// key, or the first after it, as many as are asked for.
func scanning(regions []recordedRegion) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		from := []byte(query.Get("key"))
		limit, err := strconv.Atoi(query.Get("limit"))
		if err != nil || r.URL.Path != "/pd/api/v1/regions/key" || len(query) != 2 {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		var page []json.RawMessage
		for _, region := range regions {
			if (len(region.end) == 0 || bytes.Compare(region.end, from) > 0) && len(page) < limit {
				page = append(page, region.raw)
			}
		}
		_, _ = io.WriteString(w, listOf(page...))
	}
}

func TestRegionsWalksAllPages(t *testing.T) {
	all := recordedRegions(t)
	cases := map[string]struct {
		reason  string
		regions []recordedRegion
		limit   int
		calls   int64
	}{
		"OneByOne":     {reason: "A page for each.", regions: all, limit: 1, calls: 50},
		"Seven":        {reason: "The last page is not full.", regions: all, limit: 7, calls: 8},
		"Exactly":      {reason: "The last page is full, and known to be the last.", regions: all, limit: 25, calls: 2},
		"AllAtOnce":    {reason: "One page.", regions: all, limit: pd.MaxPage, calls: 1},
		"HoleInside":   {reason: "Keys that no region holds are passed over.", regions: slices.Concat(all[:10], all[20:]), limit: 7, calls: 6},
		"HoleAtEnd":    {reason: "The last region does not reach the end: one call finds nothing more.", regions: all[:14], limit: 7, calls: 3},
		"NothingThere": {reason: "No regions are no pages.", limit: 7, calls: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := clienttest.Serve(t, scanning(tc.regions))
			c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
			var starts []string
			for page, err := range c.Regions(t.Context(), tc.limit) {
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 || len(page) > tc.limit {
					t.Errorf("%s\na page of %d", tc.reason, len(page))
				}
				for _, region := range page {
					starts = append(starts, region.StartKey)
				}
			}
			var want []string
			for _, region := range tc.regions {
				want = append(want, strings.ToUpper(hex.EncodeToString(region.start)))
			}
			if diff := cmp.Diff(want, starts); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			if n := server.Asked.Load(); n != tc.calls {
				t.Errorf("%s\n%d calls, want %d", tc.reason, n, tc.calls)
			}
		})
	}
}

func TestRegionsStopsWithTheLoop(t *testing.T) {
	server := clienttest.Serve(t, scanning(recordedRegions(t)))
	c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
	for page, err := range c.Regions(t.Context(), 5) {
		if err != nil || len(page) != 5 {
			t.Errorf("got %d, %v", len(page), err)
		}
		break
	}
	if n := server.Asked.Load(); n != 1 {
		t.Errorf("%d calls for one page", n)
	}
}

func TestRegionsEndsWithAnError(t *testing.T) {
	all := recordedRegions(t)
	list := func(from, to int) string {
		var raws []json.RawMessage
		for _, region := range all[from:to] {
			raws = append(raws, region.raw)
		}
		return listOf(raws...)
	}
	cases := map[string]struct {
		reason string
		limit  int
		pages  []string // the last for all that follow
		want   clienttest.Outcome
		got    int // pages before the error
	}{
		"LimitZero": {reason: "A page of nothing never ends.", limit: 0, want: clienttest.Outcome{Class: failure.Invalid, Detail: "limit: 0 is not 1 to 1024"}},
		"LimitHuge": {reason: "A page has a bound.", limit: pd.MaxPage + 1, want: clienttest.Outcome{Class: failure.Invalid, Detail: "limit: 1025 is not 1 to 1024"}},
		"MoreThan":  {reason: "PD does not give more than asked for.", limit: 4, pages: []string{list(0, 5)}, want: clienttest.Outcome{Class: failure.Malformed, Status: 200, Sent: true, Detail: "count is 5, asked for 4 regions"}},
		"StandsStill": {
			reason: "The same page again would be a walk without end.", limit: 5, pages: []string{list(0, 5)}, got: 1,
			want: clienttest.Outcome{Class: failure.Malformed, Status: 200, Sent: true, Detail: fmt.Sprintf("regions[4].end_key is %q, not after the key that was asked for", strings.ToUpper(hex.EncodeToString(all[4].end)))},
		},
		"BreaksLater": {
			reason: "What was read before stays read.", limit: 5, pages: []string{list(0, 5), `{"count":1`}, got: 1,
			want: clienttest.Outcome{Class: failure.Malformed, Status: 200, Sent: true, Detail: "the JSON is cut off after 10 bytes"},
		},
		"BadKey": {
			reason: "Keys are hexadecimal.", limit: 5, pages: []string{strings.Replace(list(0, 1), `"end_key":"`, `"end_key":"x`, 1)},
			want: clienttest.Outcome{Class: failure.Malformed, Status: 200, Sent: true},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			asked := 0
			server := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				page := tc.pages[min(asked, len(tc.pages)-1)]
				asked++
				clienttest.Answering(200, page)(w, r)
			})
			c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
			pages, last := 0, error(nil)
			for _, err := range c.Regions(t.Context(), tc.limit) {
				if last != nil {
					t.Fatalf("%s\nit went on after an error", tc.reason)
				}
				if last = err; err == nil {
					pages++
				}
			}
			got := clienttest.OutcomeOf(nil, last)
			if tc.want.Detail == "" {
				got.Detail = ""
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			if pages != tc.got {
				t.Errorf("%s\n%d pages before the error, want %d", tc.reason, pages, tc.got)
			}
		})
	}
}

// TestRegionsKeysAreRaw: any bytes are a key, and reach PD as themselves.
func TestRegionsKeysAreRaw(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	keys := [][]byte{nil, all, []byte("\x00&key=x"), []byte("+ %41;#"), {0xff, 0xfe}, {0xff, 0xff}}
	slices.SortFunc(keys, bytes.Compare)
	keys = append(keys, nil)
	var regions []recordedRegion
	for i := range len(keys) - 1 {
		raw := fmt.Sprintf(`{"id":%d,"start_key":"%X","end_key":"%X","approximate_size":1,"approximate_keys":0,"written_bytes":0,"written_keys":0,"read_bytes":0,"read_keys":0,"leader":{"role_name":""}}`, i+1, keys[i], keys[i+1])
		regions = append(regions, recordedRegion{json.RawMessage(raw), keys[i], keys[i+1]})
	}
	server := clienttest.Serve(t, scanning(regions))
	c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
	var ids []uint64
	for page, err := range c.Regions(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, page[0].ID)
		if page[0].Leader != nil || page[0].Peers != nil {
			t.Errorf("a region without leader and peers has %v, %v", page[0].Leader, page[0].Peers)
		}
	}
	if diff := cmp.Diff([]uint64{1, 2, 3, 4, 5, 6}, ids); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
