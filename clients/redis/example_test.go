package redis_test

import (
	"context"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// A sweep in slices: each observation reads as much of the keyspace as it may.
func ExampleSweep() {
	client, err := redis.New(redis.Options{URL: "redis://10.0.0.5:6379"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()
	sweep, err := client.NewSweep(redis.SweepOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}

	for range time.Tick(5 * time.Second) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		page, err := sweep.Next(ctx, redis.Budget{Keys: 20_000, Time: time.Second}, time.Minute)
		cancel()
		if failure.ClassOf(err) == failure.Unreachable {
			fmt.Println("Redis is gone:", err)
		}
		for _, counter := range page.Counters {
			if counter.Err == nil && counter.NoExpiry {
				fmt.Printf("%q can never drain: %d requests in force\n", counter.Key, counter.InForce)
			}
		}
		if page.Complete {
			fmt.Printf("all %d counters seen\n", page.Last.Counters)
		}
	}
}

func ExampleClient_Counters() {
	client, err := redis.New(redis.Options{Addrs: []string{"127.0.0.1:6379"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()

	counters, err := client.Counters(context.Background(), []string{"alice", "bob"}, time.Minute)
	if err != nil {
		fmt.Println(err)
	}
	for _, counter := range counters {
		switch {
		case counter.Err != nil:
			fmt.Printf("%q is unknown: %v\n", counter.Key, counter.Err)
		case counter.Present:
			fmt.Printf("%q: %d in the last %v\n", counter.Key, counter.InForce, counter.Window)
		default:
			fmt.Printf("%q has no counter\n", counter.Key)
		}
	}
}

func ExampleOptions_invalid() {
	_, err := redis.New(redis.Options{Addrs: []string{"10.0.0.5"}, DB: -1})
	fmt.Println(err)
	// Output: configure the Redis client: invalid: Addrs[0]: want host:port, got "10.0.0.5"; DB: must not be negative
}
