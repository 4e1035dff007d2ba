package pd_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

// A store is down: find it, and keep leaders off it until it is back.
func Example() {
	placement := http.NewServeMux()
	placement.HandleFunc("GET /pd/api/v1/stores", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"count":1,"stores":[{
			"store":{"id":2,"address":"tikv-2:20160","state_name":"Disconnected","node_state":1,"last_heartbeat":1795439557895975640},
			"status":{"capacity":"1TiB","available":"1020GiB","used_size":"3.562GiB","leader_count":7,"leader_weight":1,"leader_score":7,
				"leader_size":672,"region_count":37,"region_weight":1,"region_score":4544.2,"region_size":3552}}]}`)
	})
	placement.HandleFunc("POST /pd/api/v1/schedulers", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `"The scheduler is created."`)
	})
	placement.HandleFunc("GET /pd/api/v1/region/id/9", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `"[PD:region:ErrRegionNotFound]region 9 not found"`)
	})
	server := httptest.NewServer(placement)
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	client, err := pd.New(pd.Options{Endpoints: []string{server.URL}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	stores, err := client.Stores(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, store := range stores {
		if store.State == pd.StateUp {
			continue
		}
		fmt.Println(store.Address, store.State, store.LastHeartbeat.Format(time.TimeOnly))
		if err := client.AddEvictLeader(ctx, store.ID); err != nil {
			fmt.Println(err)
		}
	}

	_, err = client.Region(ctx, 9)
	fmt.Println(pd.NotFound(err), pd.CodeOf(err))
	// Output:
	// tikv-2:20160 Disconnected 13:12:37
	// true PD:region:ErrRegionNotFound
}
