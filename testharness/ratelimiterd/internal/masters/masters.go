// Package masters finds the servers that hold a keyspace, for what has to be asked
// of each: SCAN walks the names of one server only.
package masters

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"
)

// Of returns a client for each master of a Cluster, by address, and the client
// itself where there is no Cluster. They end with the client that they are of.
func Of(ctx context.Context, client redis.UniversalClient) ([]redis.UniversalClient, error) {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return []redis.UniversalClient{client}, nil
	}
	var (
		mu  sync.Mutex
		all []*redis.Client
	)
	err := cluster.ForEachMaster(ctx, func(_ context.Context, master *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, master)
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *redis.Client) int { return cmp.Compare(a.Options().Addr, b.Options().Addr) })
	masters := make([]redis.UniversalClient, len(all))
	for i, master := range all {
		masters[i] = master
	}
	return masters, nil
}
