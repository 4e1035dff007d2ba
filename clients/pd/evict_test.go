package pd_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// TestEvictLeaderStores: none are evicted only where PD's own list of
// schedulers says so.
func TestEvictLeaderStores(t *testing.T) {
	without, with := clienttest.Load(t, "schedulers").Response.Body, clienttest.Load(t, "schedulers-with-evict-leader").Response.Body
	config, router := clienttest.Load(t, "scheduler-evict-leader-config").Response.Body, clienttest.Load(t, "unknown-path").Response.Body
	type answer struct {
		status int
		body   string
	}
	cases := map[string]struct {
		reason  string
		lists   []answer // of schedulers; the last for all that follow
		configs []answer
		want    clienttest.Outcome
	}{
		"None":     {reason: "There is no such scheduler.", lists: []answer{{200, without}}, want: clienttest.Outcome{Value: []uint64{}}},
		"One":      {reason: "As recorded.", lists: []answer{{200, with}}, configs: []answer{{200, config}}, want: clienttest.Outcome{Value: []uint64{2}}},
		"Many":     {reason: "By number, not by text.", lists: []answer{{200, with}}, configs: []answer{{200, `{"store-id-ranges":{"10":[],"9":[],"1":[]}}`}}, want: clienttest.Outcome{Value: []uint64{1, 9, 10}}},
		"Empty":    {reason: "A scheduler may be between its last store and its end.", lists: []answer{{200, with}}, configs: []answer{{200, `{"store-id-ranges":{}}`}}, want: clienttest.Outcome{Value: []uint64{}}},
		"WentAway": {reason: "It went between the two calls.", lists: []answer{{200, with}, {200, without}}, configs: []answer{{404, router}}, want: clienttest.Outcome{Value: []uint64{}}},
		"CameBack": {reason: "And came back.", lists: []answer{{200, with}}, configs: []answer{{404, router}, {200, config}}, want: clienttest.Outcome{Value: []uint64{2}}},
		"Stays404": {
			reason: "A path that is not there, for a scheduler that is, is a failure.", lists: []answer{{200, with}}, configs: []answer{{404, router}},
			want: clienttest.Outcome{Class: failure.Rejected, Status: 404, Sent: true, Detail: `"404 page not found\n"`},
		},
		"ListFails": {
			reason: "Not knowing is not none.", lists: []answer{{500, "no"}},
			want: clienttest.Outcome{Class: failure.Failing, Status: 500, Sent: true, Detail: `"no"`},
		},
		"List404": {
			reason: "Nor is a path that is not there.", lists: []answer{{404, router}},
			want: clienttest.Outcome{Class: failure.Rejected, Status: 404, Sent: true, Detail: `"404 page not found\n"`},
		},
		"ConfigFails": {
			reason: "Not knowing is not none.", lists: []answer{{200, with}}, configs: []answer{{500, "no"}},
			want: clienttest.Outcome{Class: failure.Failing, Status: 500, Sent: true, Detail: `"no"`},
		},
		"NotBootstrapped": {
			reason: "A 406 here.", lists: []answer{{200, with}}, configs: []answer{{406, `"[PD:cluster:ErrNotBootstrapped]x"`}},
			want: clienttest.Outcome{Class: failure.Failing, Status: 406, Sent: true, Detail: "PD:cluster:ErrNotBootstrapped: x"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			next := func(answers *[]answer, w http.ResponseWriter, r *http.Request) {
				a := (*answers)[0]
				if len(*answers) > 1 {
					*answers = (*answers)[1:]
				}
				clienttest.Answering(a.status, a.body)(w, r)
			}
			server := clienttest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/pd/api/v1/schedulers":
					next(&tc.lists, w, r)
				case "/pd/api/v1/scheduler-config/evict-leader-scheduler/list":
					next(&tc.configs, w, r)
				default:
					t.Errorf("asked %s", r.URL.Path)
				}
			})
			c := newClient(t, pd.Options{Endpoints: []string{server.URL}})
			stores, err := c.EvictLeaderStores(t.Context())
			if diff := cmp.Diff(tc.want, clienttest.OutcomeOf(stores, err)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
