package pd_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// aMember answers as a member of a PD that url leads; every call but members is
// answered with one scheduler.
func aMember(leader *string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			_, _ = io.WriteString(w, `"done"`)
		case strings.HasSuffix(r.URL.Path, "/members"):
			_, _ = fmt.Fprintf(w, `{"header":{"cluster_id":1},"members":[],"leader":{"name":"pd","member_id":1,"client_urls":[%q]}}`, *leader)
		default:
			_, _ = io.WriteString(w, `["balance-leader-scheduler"]`)
		}
	}
}

func TestReadFailsOver(t *testing.T) {
	t.Parallel()
	good := clienttest.Answering(200, `["a"]`)
	coded := func(status int, body string) http.HandlerFunc { return clienttest.Answering(status, body) }
	cases := map[string]struct {
		reason string
		first  http.HandlerFunc
		hedge  time.Duration
		want   failure.Class // "": the second answered
		second int64
	}{
		"Good":            {reason: "One good answer needs one request.", first: good},
		"NoLeader":        {reason: "A follower that knows no leader is not all there is.", first: coded(503, "no leader\n"), second: 1},
		"RedirectFailed":  {reason: "Nor is one that cannot reach it.", first: coded(500, "redirect failed\n"), second: 1},
		"Etcd":            {reason: "Nor one whose store fails.", first: coded(500, `"[PD:etcd:ErrEtcdKVGet]x"`), second: 1},
		"Page":            {reason: "Not PD.", first: coded(200, "<html>"), second: 1},
		"Redirects":       {reason: "Redirects are not followed.", first: http.RedirectHandler("http://elsewhere.invalid/", http.StatusTemporaryRedirect).ServeHTTP, second: 1},
		"Silent":          {reason: "Silence moves on.", first: clienttest.Silent, hedge: time.Millisecond, second: 1},
		"NotFound":        {reason: "A refusal is the answer.", first: coded(404, `"[PD:core:ErrStoreNotFound]x"`), want: failure.Rejected},
		"NotFoundBy500":   {reason: "With whatever status.", first: coded(500, `"[PD:core:ErrStoreNotFound]x"`), want: failure.Rejected},
		"NotBootstrapped": {reason: "Every member would say so.", first: coded(500, `"[PD:cluster:ErrNotBootstrapped]x"`), want: failure.Failing},
		"WrongPath":       {reason: "So would every router.", first: coded(404, "404 page not found\n"), want: failure.Rejected},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hedge := tc.hedge
			if hedge == 0 {
				hedge = forever
			}
			first, second := clienttest.Serve(t, tc.first), clienttest.Serve(t, good)
			c := newClient(t, pd.Options{Endpoints: []string{first.URL, second.URL}, HedgeDelay: hedge})
			_, err := c.Schedulers(t.Context())
			if class := failure.ClassOf(err); class != tc.want {
				t.Errorf("%s\nclass %q, want %q: %v", tc.reason, class, tc.want, err)
			}
			if n := second.Asked.Load(); n != tc.second {
				t.Errorf("%s\nthe second was asked %d times, want %d", tc.reason, n, tc.second)
			}
		})
	}
}

func TestAllEndpointsFail(t *testing.T) {
	follower := clienttest.Serve(t, clienttest.Answering(503, "no leader\n"))
	c := newClient(t, pd.Options{Endpoints: []string{clienttest.DeadURL(t), follower.URL, clienttest.DeadURL(t)}, HedgeDelay: forever})
	_, err := c.Stores(t.Context())
	want := "GET /pd/api/v1/stores on " + follower.URL + `: failing (status 503): "no leader\n" (and 2 more endpoints: 2 unreachable)`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	all, ok := errors.AsType[*failure.EndpointsError](err)
	if !ok || len(all.Failures) != 3 || !failure.Answered(err) {
		t.Errorf("not the failures of three: %v", err)
	}
}

func TestFollowsAConfiguredLeader(t *testing.T) {
	var leads string
	follower, leader := clienttest.Serve(t, aMember(&leads)), clienttest.Serve(t, aMember(&leads))
	leads = leader.URL
	c := newClient(t, pd.Options{Endpoints: []string{follower.URL, leader.URL}, HedgeDelay: forever})
	for name, do := range map[string]func() error{
		"read":  func() error { _, err := c.Schedulers(t.Context()); return err },
		"write": func() error { return c.TransferLeader(t.Context(), 1, 2) },
	} {
		if err := do(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if n := leader.Asked.Load(); n != 0 {
		t.Errorf("the leader was asked %d times before it was known", n)
	}
	if _, err := c.Members(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := follower.Asked.Load()
	_, err := c.Schedulers(t.Context())
	if err := errors.Join(err, c.TransferLeader(t.Context(), 1, 2)); err != nil {
		t.Fatal(err)
	}
	if n := leader.Asked.Load(); n != 2 || follower.Asked.Load() != before {
		t.Errorf("the leader was asked %d times of 2", n)
	}
}

// TestFollowsALeaderThatIsNotConfigured outlives the only member it knows.
func TestFollowsALeaderThatIsNotConfigured(t *testing.T) {
	var leads string
	var auth atomic.Value
	leader := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		auth.Store(r.Header.Get("Authorization"))
		aMember(&leads)(w, r)
	})
	leads = leader.URL
	var gone atomic.Bool
	known := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := r.BasicAuth(); !ok {
			t.Error("the configured member got no credentials")
		}
		if gone.Load() {
			clienttest.Answering(503, "no leader\n")(w, r)
			return
		}
		aMember(&leads)(w, r)
	})
	c := newClient(t, pd.Options{Endpoints: []string{strings.Replace(known.URL, "http://", "http://user:SECRET@", 1)}, HedgeDelay: forever})
	if _, err := c.Members(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone.Store(true)
	_, err := c.Schedulers(t.Context())
	if err := errors.Join(err, c.AddEvictLeader(t.Context(), 2)); err != nil {
		t.Errorf("the leader that was named was not asked: %v", err)
	}
	if n := leader.Asked.Load(); n != 2 || auth.Load() != "" {
		t.Errorf("the leader was asked %d times of 2, with the credentials %q", n, auth.Load())
	}
}

// TestLeaderThatIsNoneCostsOneTry names as leader what is none: whatever it
// does, a read is answered by a member that is configured.
func TestLeaderThatIsNoneCostsOneTry(t *testing.T) {
	t.Parallel()
	for name, stranger := range map[string]http.HandlerFunc{
		"Refuses":   clienttest.Answering(404, "no such page"),
		"Forbids":   clienttest.Answering(403, "no"),
		"PDsWord":   clienttest.Answering(404, `"[PD:core:ErrStoreNotFound]x"`),
		"Fails":     clienttest.Answering(500, "no"),
		"Babbles":   clienttest.Answering(200, "<html>"),
		"Silent":    clienttest.Silent,
		"Redirects": http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			other := clienttest.Serve(t, stranger)
			member := clienttest.Serve(t, aMember(&other.URL))
			c := newClient(t, pd.Options{Endpoints: []string{member.URL}, HedgeDelay: 100 * time.Millisecond})
			for range 3 {
				_, err1 := c.Members(t.Context())
				_, err2 := c.Schedulers(t.Context())
				if err := errors.Join(err1, err2); err != nil {
					t.Fatal(err)
				}
			}
			if n := other.Asked.Load(); n > 1 {
				t.Errorf("it was asked %d times", n)
			}
		})
	}
}

// TestWriteIsSentAtMostOnce gives the first endpoint the ways to fail that are
// PD's; clients/ratelimiter has those of connections.
func TestWriteIsSentAtMostOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		first  func(*testing.T) *clienttest.Endpoint
		want   failure.Class // "": the second endpoint did it
		asked  int64
	}{
		"Dead": {reason: "No connection: nothing was sent.", first: func(t *testing.T) *clienttest.Endpoint {
			t.Helper()
			return &clienttest.Endpoint{URL: clienttest.DeadURL(t)}
		}},
		"NoLeader":        {reason: "It may have been passed on.", first: serving(503, "no leader\n"), want: failure.Failing, asked: 1},
		"RedirectFailed":  {reason: "It may have been passed on.", first: serving(500, "redirect failed\n"), want: failure.Failing, asked: 1},
		"NotBootstrapped": {reason: "A refusal is final.", first: serving(500, `"[PD:cluster:ErrNotBootstrapped]x"`), want: failure.Failing, asked: 1},
		"NotFound":        {reason: "A refusal is final.", first: serving(404, `"[PD:core:ErrStoreNotFound]x"`), want: failure.Rejected, asked: 1},
		"BadInput":        {reason: "A refusal is final.", first: serving(400, `{"code":"input","msg":"x"}`), want: failure.Rejected, asked: 1},
		"Page":            {reason: "Done, by the status; by whom is not known.", first: serving(200, "<html>"), want: failure.Malformed, asked: 1},
		"OtherAnswer":     {reason: "Done, by the status; by whom is not known.", first: serving(200, `{"ok":true}`), want: failure.Malformed, asked: 1},
		"Moved": {reason: "Redirects are not followed.", first: func(t *testing.T) *clienttest.Endpoint {
			t.Helper()
			return clienttest.Serve(t, http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect).ServeHTTP)
		}, want: failure.Rejected, asked: 1},
	}
	for name, tc := range cases {
		for _, write := range writes {
			t.Run(name+"/"+write, func(t *testing.T) {
				t.Parallel()
				first, second := tc.first(t), clienttest.Serve(t, clienttest.Answering(200, `"done"`))
				c := newClient(t, pd.Options{Endpoints: []string{first.URL, second.URL}})
				_, err := calls[write](t.Context(), c)
				if class := failure.ClassOf(err); class != tc.want {
					t.Fatalf("%s\nclass %q, want %q: %v", tc.reason, class, tc.want, err)
				}
				wantSecond := int64(0)
				if tc.want == "" {
					wantSecond = 1
				} else if !failureOf(t, err).Sent {
					t.Errorf("%s\nwas sent, but says it was not: %v", tc.reason, err)
				}
				got := []int64{first.Asked.Load(), second.Asked.Load()}
				if diff := cmp.Diff([]int64{tc.asked, wantSecond}, got); diff != "" {
					t.Errorf("%s\nrequests, -want +got:\n%s", tc.reason, diff)
				}
			})
		}
	}
}

func serving(status int, body string) func(*testing.T) *clienttest.Endpoint {
	return func(t *testing.T) *clienttest.Endpoint {
		t.Helper()
		return clienttest.Serve(t, clienttest.Answering(status, body))
	}
}

func TestWriteToALeaderThatIsNone(t *testing.T) {
	dead := clienttest.DeadURL(t)
	member := clienttest.Serve(t, aMember(&dead))
	c := newClient(t, pd.Options{Endpoints: []string{member.URL}})
	if _, err := c.Members(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.TransferLeader(t.Context(), 1, 2); err != nil {
		t.Errorf("nothing was sent, and the member that is configured was not tried: %v", err)
	}
}

func TestWritesValidate(t *testing.T) {
	server := clienttest.Serve(t, clienttest.Answering(200, `"done"`))
	c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
	ctx := context.Background()
	const most = 1 << 53
	for want, err := range map[string]error{
		"POST /pd/api/v1/operators: invalid: region: 0 is no id":                                            c.TransferLeader(ctx, 0, 1),
		"POST /pd/api/v1/operators: invalid: store: 0 is no id":                                             c.TransferLeader(ctx, 1, 0),
		"POST /pd/api/v1/operators: invalid: region: 9007199254740993 is more than PD reads exactly (2^53)": c.TransferLeader(ctx, most+1, 1),
		"POST /pd/api/v1/operators: invalid: store to move from: 0 is no id":                                c.TransferPeer(ctx, 1, 0, 1),
		"POST /pd/api/v1/operators: invalid: store to move to: 0 is no id":                                  c.TransferPeer(ctx, 1, 1, 0),
		"POST /pd/api/v1/schedulers: invalid: store: 0 is no id":                                            c.AddEvictLeader(ctx, 0),
		"DELETE /pd/api/v1/schedulers/evict-leader-scheduler-0: invalid: store: 0 is no id":                 c.RemoveEvictLeader(ctx, 0),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := c.Stores(ctx, 3); err == nil || err.Error() != "GET /pd/api/v1/stores: invalid: lifecycle: 3 is not 0 to 2" {
		t.Errorf("got %v", err)
	}
	if n := server.Asked.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
	if err := c.TransferLeader(ctx, most, most); err != nil {
		t.Error(err)
	}
}
