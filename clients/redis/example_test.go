package redis_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// Each observation reads as much of the keyspace as it may, and then only what
// changed.
func ExampleSweeper() {
	client, err := redis.New(redis.Options{URL: "redis://10.0.0.5:6379"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Close() }()
	sweeper, err := client.NewSweeper(redis.SweeperOptions{Budget: time.Second})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = sweeper.Close() }()

	stuck := map[string]bool{}
	visit := func(counter redis.Counter) {
		if delete(stuck, counter.Key); counter.Err == nil && counter.NoExpiry {
			stuck[counter.Key] = true
		}
	}
	for range time.Tick(5 * time.Second) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		// What was found is asked about each time: a pass does not tell what is gone.
		progress, err := sweeper.Step(ctx, time.Minute, slices.Collect(maps.Keys(stuck)), visit)
		cancel()
		if failure.ClassOf(err) == failure.Unreachable {
			fmt.Println("Redis is gone:", err)
		}
		fmt.Printf("%d counters are known that can never drain\n", len(stuck))
		if progress.Following && progress.Behind == 0 {
			fmt.Println("and there are no others")
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
