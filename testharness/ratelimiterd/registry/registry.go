// Package registry is the list of the nodes that are alive.
//
// A node is registered by a hash `ratelimiter:nodes:{id}` with its address and
// the time of its registration, which expires unless the node refreshes it. A
// node that dies is therefore never "Down": it is on the list until its
// registration expires, and then it is gone. A node that stops in good order
// removes its registration itself.
package registry

import (
	"cmp"
	"context"
	_ "embed" // for the script
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/masters"
)

const prefix = "ratelimiter:nodes:"

// MaxListed is how many nodes [List] returns at most.
const MaxListed = 1000

// Entry is a registered node.
type Entry struct {
	ID      string
	Address string
	// RegisteredAt is the time as it was written (ISO 8601), nil where there is
	// none.
	RegisteredAt *string
}

// Registration is one node's place on the list. It is safe for concurrent use.
// Each call is bounded by its context.
type Registration struct {
	client   redis.UniversalClient
	name     string
	address  string
	since    string
	ttl      time.Duration
	withdraw *redis.Script
}

//go:embed withdraw.lua
var withdrawLua string

// New prepares the registration of a node that started at since, without making
// it. The client stays the caller's to close.
func New(client redis.UniversalClient, id, address string, since time.Time, ttl time.Duration) *Registration {
	return &Registration{
		client:   client,
		name:     prefix + id,
		address:  address,
		since:    since.UTC().Format("2006-01-02T15:04:05.000000Z07:00"),
		ttl:      ttl,
		withdraw: redis.NewScript(withdrawLua),
	}
}

// Announce makes or refreshes the registration. The two commands are one
// transaction: a registration without an expiry would stay for good.
func (r *Registration) Announce(ctx context.Context) error {
	_, err := r.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.HSet(ctx, r.name, "address", r.address, "registered_at", r.since)
		pipe.PExpire(ctx, r.name, r.ttl)
		return nil
	})
	if err != nil {
		// A Cluster's client keeps to a master that refuses its connections for as
		// long as it has not been told that the slots are another's.
		if cluster, ok := r.client.(*redis.ClusterClient); ok {
			cluster.ReloadState(ctx)
		}
		return fmt.Errorf("register the node: %w", err)
	}
	return nil
}

// Withdraw removes the registration, unless another node of the same id has
// taken its place since.
func (r *Registration) Withdraw(ctx context.Context) error {
	if err := r.withdraw.Run(ctx, r.client, []string{r.name}, r.address, r.since).Err(); err != nil {
		return fmt.Errorf("remove the node's registration: %w", err)
	}
	return nil
}

// Keep announces the registration every interval until ctx is done; after a
// failure it tries again after retry where that is sooner. Each attempt takes at
// most timeout. report is told the outcome of each attempt, from this goroutine.
func (r *Registration) Keep(ctx context.Context, interval, retry, timeout time.Duration, report func(error)) {
	for {
		err := r.announceWithin(ctx, timeout)
		if ctx.Err() != nil {
			return
		}
		report(err)
		pause := interval
		if err != nil {
			pause = min(interval, retry)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (r *Registration) announceWithin(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return r.Announce(ctx)
}

// List returns the registered nodes by id, at most [MaxListed].
func List(ctx context.Context, client redis.UniversalClient) ([]Entry, error) {
	names, err := names(ctx, client)
	if err != nil {
		return nil, err
	}
	found, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, name := range names {
			pipe.HMGet(ctx, name, "address", "registered_at")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the registrations: %w", err)
	}
	entries := make([]Entry, 0, len(names))
	for i, cmd := range found {
		fields := cmd.(*redis.SliceCmd).Val()
		// One that expired since it was scanned has no address any more.
		address, ok := fields[0].(string)
		if !ok {
			continue
		}
		entry := Entry{ID: strings.TrimPrefix(names[i], prefix), Address: address}
		if at, ok := fields[1].(string); ok {
			entry.RegisteredAt = &at
		}
		entries = append(entries, entry)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.ID, b.ID) })
	return entries, nil
}

func names(ctx context.Context, client redis.UniversalClient) ([]string, error) {
	const (
		count    = 250
		maxScans = 4000 // the same bound as for counters: about a million names
	)
	servers, err := masters.Of(ctx, client)
	if err != nil {
		return nil, fmt.Errorf("find the masters: %w", err)
	}
	var all []string
	for _, server := range servers {
		var cursor uint64
		for range maxScans {
			some, next, err := server.ScanType(ctx, cursor, prefix+"*", count, "hash").Result()
			if err != nil {
				return nil, fmt.Errorf("scan the registrations: %w", err)
			}
			all = append(all, some...)
			cursor = next
			if cursor == 0 || len(all) >= MaxListed {
				break
			}
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), MaxListed)], nil
}
