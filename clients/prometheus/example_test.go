package prometheus_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/prometheus"
)

// A caller looks at three things: the error, whether there is a value, and the
// value; and, for a sum, at the warnings that make it a lower bound.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1700000000,"42"]}]}}`))
	}))
	defer server.Close()

	client, err := prometheus.New(prometheus.Options{URL: server.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	var warnings prometheus.Warnings
	count, present, err := client.AllowedRequests(prometheus.WithWarnings(ctx, &warnings), `user "7"`, time.Minute)
	switch {
	case err != nil:
		fmt.Println("unknown:", err)
	case !present:
		fmt.Println("unknown: no such series")
	case len(warnings.List()) > 0:
		fmt.Println("at least", count)
	default:
		fmt.Println("allowed", count)
	}
	// Output: allowed 42
}

// Foreign text goes into an expression through a matcher, never by Sprintf.
func ExampleSelector() {
	store := `tikv"} or vector(0) #`
	fmt.Println("max(" + prometheus.Selector("tikv_store_size_bytes",
		prometheus.Equal("instance", store),
		prometheus.OneOf("type", "used", "available"),
	) + ")")
	// Output: max(tikv_store_size_bytes{instance="tikv\"} or vector(0) #",type=~"used|available"})
}
