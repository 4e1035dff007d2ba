package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// said is an answer in brief.
type said struct {
	Status int
	Body   string
}

// TestNotRecorded has the answers that follow from PD's documentation.
func TestNotRecorded(t *testing.T) {
	for name, tc := range map[string]struct {
		reason             string
		situation          string
		method, path, body string
		want               said
	}{
		"RemoveStore":        {"A removal begins.", "", "DELETE", "/store/4", "", said{200, "\"The store is set as Offline.\"\n"}},
		"RemoveUnknown":      {"It has to be there.", "", "DELETE", "/store/99", "", said{404, "\"[PD:core:ErrStoreNotFound]store 99 not found\"\n"}},
		"UpStore":            {"A removal is taken back.", "", "POST", "/store/4/state?state=Up", "", said{200, "\"The store's state is updated.\"\n"}},
		"UnknownState":       {"There are two to set.", "", "POST", "/store/4/state?state=Asleep", "", said{400, "\"invalid state Asleep\"\n"}},
		"UnknownFilter":      {"There are three lifecycles.", "", "GET", "/stores?state=7", "", said{500, "\"unknown StoreState: 7\"\n"}},
		"EvictFirstUnknown":  {"Without a scheduler PD does not ask itself.", "", "POST", "/schedulers", `{"name":"evict-leader-scheduler","store_id":99}`, said{500, "\"[PD:core:ErrStoreNotFound]store 99 not found\"\n"}},
		"EvictNobody":        {"A number in quotes is none.", "", "POST", "/schedulers", `{"name":"evict-leader-scheduler","store_id":"2"}`, said{400, "\"missing store id\"\n"}},
		"UnknownScheduler":   {"There are only so many.", "", "POST", "/schedulers", `{"name":"x"}`, said{400, "\"unknown scheduler\"\n"}},
		"NamelessScheduler":  {"It needs a name.", "", "POST", "/schedulers", `{}`, said{400, "\"missing scheduler name\"\n"}},
		"RemoveScheduler":    {"Any can be removed.", "", "DELETE", "/schedulers/balance-leader-scheduler", "", said{200, "\"The scheduler is removed.\"\n"}},
		"RemoveNoScheduler":  {"It has to be there.", "", "DELETE", "/schedulers/x", "", said{404, "\"[PD:scheduler:ErrSchedulerNotFound]scheduler not found\"\n"}},
		"NobodyIsEvicted":    {"The path is the scheduler's.", "", "GET", "/scheduler-config/evict-leader-scheduler/list", "", said{404, "404 page not found\n"}},
		"UnknownCheck":       {"There are only so many.", "", "GET", "/regions/check/sorrow", "", said{404, "404 page not found\n"}},
		"NamelessOperator":   {"It needs a name.", "", "POST", "/operators", `{}`, said{400, "\"missing operator name\"\n"}},
		"UnknownOperator":    {"There are only so many.", "", "POST", "/operators", `{"name":"x"}`, said{400, "\"unknown operator\"\n"}},
		"OperatorNoRegion":   {"It needs a region.", "", "POST", "/operators", `{"name":"transfer-leader"}`, said{400, "\"missing region id\"\n"}},
		"PeerFromNowhere":    {"It needs both stores.", "", "POST", "/operators", `{"name":"transfer-peer","region_id":52,"to_store_id":3}`, said{400, "\"invalid store id to transfer peer from\"\n"}},
		"PeerToNowhere":      {"It needs both stores.", "", "POST", "/operators", `{"name":"transfer-peer","region_id":52,"from_store_id":3}`, said{400, "\"invalid store id to transfer peer to\"\n"}},
		"RegionNotANumber":   {"Ids are numbers.", "", "GET", "/region/id/x", "", said{400, "\"strconv.ParseUint: parsing \\\"x\\\": invalid syntax\"\n"}},
		"ConfigNotADuration": {"Durations are Go's.", "", "POST", "/config/schedule", `{"max-store-down-time":"soon"}`, said{400, "\"time: invalid duration \\\"soon\\\"\"\n"}},
		"StoreNotThereYet":   {"Before the bootstrap there is no store.", "not-bootstrapped", "GET", "/store/1", "", said{500, "\"[PD:cluster:ErrNotBootstrapped]TiKV cluster not bootstrapped, please start TiKV first\"\n"}},
		"NoSchedulersYet":    {"Nor a scheduler.", "not-bootstrapped", "DELETE", "/schedulers/evict-leader-scheduler-1", "", said{500, "\"[PD:cluster:ErrNotBootstrapped]TiKV cluster not bootstrapped, please start TiKV first\"\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t)
			situation(t, tc.situation, c)
			w := ask(c, tc.method, "/pd/api/v1"+tc.path, tc.body)
			if diff := cmp.Diff(tc.want, said{w.Code, w.Body.String()}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestConfigurationIsHeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		situation(t, "", c)
		ask(c, http.MethodPost, "/pd/api/v1/config/schedule", `{"max-store-down-time":"1m","enable-witness":true,"unknown":1}`)
		config := ask(c, http.MethodGet, "/pd/api/v1/config/schedule", "").Body.String()
		for _, line := range []string{`"max-store-down-time": "1m0s"`, `"enable-witness": "true"`} {
			if !strings.Contains(config, line) {
				t.Errorf("%s is not in %s", line, config)
			}
		}
		silence(c, 61*time.Second)
		if got := states(ask(c, http.MethodGet, "/pd/api/v1/stores", "").Body.String()); got[0] != "1 Down" {
			t.Errorf("states = %v", got)
		}
	})
}

func TestPages(t *testing.T) {
	c := newCluster(t)
	situation(t, "", c)
	for query, want := range map[string]int{"": 16, "?limit=3": 3, "?limit=0": 50, "?key=%7A": 1, "?key=t%80&limit=100": 50} {
		var list struct{ Count int }
		body := ask(c, http.MethodGet, "/pd/api/v1/regions/key"+query, "").Body.Bytes()
		if err := json.Unmarshal(body, &list); err != nil || list.Count != want {
			t.Errorf("%q has %d regions, %v; want %d", query, list.Count, err, want)
		}
	}
}

// A region with trouble looks as PD's source says: lists that are empty are left
// out, and a leader that is not known has no ids.
func TestTroubleInJSON(t *testing.T) {
	for trouble, want := range map[string]string{
		"no-leader":    `"leader":{"role_name":""}`,
		"pending-peer": `"pending_peers":[{"role_name":"Voter","id":49,"store_id":4}]`,
		"down-peer":    `"down_peers":[{"peer":{"role_name":"Voter","id":49,"store_id":4}}]`,
	} {
		c := newCluster(t)
		situation(t, "", c)
		w := ask(c, http.MethodPost, "/sim/regions", `{"region_id":52,"trouble":"`+trouble+`"}`)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", trouble, w.Code, w.Body)
		}
		if got := ask(c, http.MethodGet, "/pd/api/v1/region/id/52", "").Body.String(); !strings.Contains(got, want) {
			t.Errorf("%s: %s is not in %s", trouble, want, got)
		}
	}
}
