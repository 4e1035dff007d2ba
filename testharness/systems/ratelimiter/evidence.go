package ratelimiter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// documents are what each node, and Prometheus, is asked for: the system as they
// know it. The key is the end of the file's name.
var (
	nodeDocuments = map[string]string{
		"nodes.json":    "/api/nodes",
		"counters.json": "/api/counters",
		"limits.json":   "/api/limits",
		"blocks.json":   "/api/blocks",
		"metrics.txt":   "/metrics",
	}
	prometheusDocuments = map[string]string{
		"targets.json": "/api/v1/targets?state=active",
		"up.json":      "/api/v1/query?query=up%5B1m%5D",
		"p99.json":     "/api/v1/query?query=ratelimiter_check_duration_seconds_bucket",
	}
)

// WriteEvidence implements [stack.Stack]. Of each server of the Redis it writes
// NAME.ndjson, see [dumped], and the answer to INFO; of each node what its API
// and its metrics say; of Prometheus which targets it scrapes and how. What
// cannot be had is a file that says why, and part of the error.
func (s *Stack) WriteEvidence(ctx context.Context, dir string) error {
	var (
		mu      sync.Mutex
		wrong   []error
		writing sync.WaitGroup
	)
	write := func(name string, content func(context.Context) ([]byte, error)) {
		writing.Go(func() {
			// One that hangs must not use up the time of the others.
			ctx, cancel := context.WithTimeout(ctx, evidenceBound)
			defer cancel()
			text, err := content(ctx)
			if err != nil {
				err = fmt.Errorf("evidence %s: %w", name, err)
				text = append(text, err.Error()+"\n"...)
			}
			err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), text, 0o600))
			mu.Lock()
			defer mu.Unlock()
			wrong = append(wrong, err)
		})
	}
	for _, server := range s.redis.Nodes() {
		client := server.Admin()
		write(server.Name()+".ndjson", func(ctx context.Context) ([]byte, error) { return dump(ctx, client) })
		write(server.Name()+"-info.txt", func(ctx context.Context) ([]byte, error) { return client.Info(ctx).Bytes() })
	}
	ask := func(base, name string, documents map[string]string) {
		for end, path := range documents {
			write(name+"-"+end, func(ctx context.Context) ([]byte, error) { return get(ctx, base+path) })
		}
	}
	for _, n := range s.cluster.Nodes() {
		ask(n.URL(), n.ID(), nodeDocuments)
	}
	if s.topology.Prometheus {
		ask(s.cluster.PrometheusURL(), partPrometheus, prometheusDocuments)
	}
	writing.Wait()
	return errors.Join(wrong...)
}

// evidenceBound is how long one document may take.
const evidenceBound = 5 * time.Second
