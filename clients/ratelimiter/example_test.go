package ratelimiter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
)

// A key is over its limit: look, reset it, and look at what a failure says.
func Example() {
	limiter := http.NewServeMux()
	limiter.HandleFunc("GET /api/counters", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"counters":[{"key":"user:1","count":12,"limit":10,"remaining":0}]}`)
	})
	limiter.HandleFunc("POST /api/counters/{key}/reset", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"key":%q,"reset":true}`, r.PathValue("key"))
	})
	limiter.HandleFunc("GET /api/blocks", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "Internal Server Error")
	})
	server := httptest.NewServer(limiter)
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	client, err := ratelimiter.New(ratelimiter.Options{BaseURLs: []string{server.URL}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	counters, err := client.Counters(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, counter := range counters {
		if counter.Count <= counter.Limit {
			continue
		}
		fmt.Printf("%q is at %d of %d\n", counter.Key, counter.Count, counter.Limit)
		reset, err := client.ResetCounter(ctx, counter.Key)
		if e, ok := errors.AsType[*failure.Error](err); ok && e.Sent {
			fmt.Println("it may have been reset:", e)
		} else if err == nil {
			fmt.Println("reset:", reset.Reset)
		}
	}

	_, err = client.Blocks(ctx)
	fmt.Println(failure.ClassOf(err), ratelimiter.Answered(err))
	// Output:
	// "user:1" is at 12 of 10
	// reset: true
	// failing true
}
