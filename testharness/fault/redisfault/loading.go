package redisfault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/redisset"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// Redis can be told to rest before each key that it loads, and to look at its
// connections after so many bytes. It has to be given enough to load: padding, in
// a database that nobody uses, of values that are large enough for a look after
// each. All of it takes five minutes.
const (
	delaySetting = "key-load-delay" // in microseconds; not listed, and there since Redis 6
	lookSetting  = "loading-process-events-interval-bytes"

	loadDelay    = "50000"
	lookEvery    = "1024"
	paddingKeys  = 6000
	paddingBytes = 1100
	paddingDB    = 15
)

// loading restarts Redis with the data that it had, and has it load that for as
// long as the fault is there.
func loading() stack.Kind {
	return kind("redis_loading",
		"Redis is restarted and loads its data, for five minutes at most: it answers everybody that it is loading; healing lets it finish.",
		stack.OnNothing, "",
		func(t Target, _ string, _ none) (fault.Fault, error) {
			f := &loader{node: t.Redis().Nodes()[0]}
			return made(hurt{
				name:   "have " + f.node.Name() + " load its data",
				impact: notThere(t),
				available: func(ctx context.Context) error {
					err := onShapes(t.Redis(), "redis_loading")(ctx)
					if err != nil {
						return err
					}
					for _, name := range []string{delaySetting, lookSetting} {
						if found, err := f.node.Admin().ConfigGet(ctx, name).Result(); err == nil && len(found) == 0 {
							return fault.Unavailable("this Redis has no setting %s: take version 6 or newer", name)
						}
					}
					return nil
				},
				inject: f.inject,
				heal:   f.heal,
			}), nil
		})
}

type loader struct {
	node   *redisset.Node
	before configs
	filed  string // what the data was saved to, "" before it was
}

func (f *loader) inject(ctx context.Context) error {
	if err := f.pad(ctx); err != nil {
		return fmt.Errorf("write the padding: %w", err)
	}
	client := f.node.Admin()
	f.before = configs{}
	settings := map[string]string{delaySetting: loadDelay, lookSetting: lookEvery}
	if err := f.before.set(ctx, f.node, settings); err != nil {
		return err
	}
	file, err := client.ConfigGet(ctx, "dbfilename").Result()
	if err != nil {
		return fmt.Errorf("ask where it saves: %w", err)
	}
	f.filed = filepath.Join(f.node.Dir(), file["dbfilename"])
	if err := client.Save(ctx).Err(); err != nil {
		return fmt.Errorf("save its data: %w", err)
	}
	return f.node.Reconfigure(ctx, "--"+delaySetting, loadDelay, "--"+lookSetting, lookEvery)
}

// pad fills the database that nobody uses.
func (f *loader) pad(ctx context.Context) error {
	conn := f.node.Admin().Conn()
	defer func() { _ = conn.Close() }()
	if err := conn.Select(ctx, paddingDB).Err(); err != nil {
		return err
	}
	// Random, or it would be compressed.
	var random strings.Builder
	for random.Len() < paddingBytes {
		random.WriteString(rand.Text())
	}
	numbers := make([]int, paddingKeys)
	for i := range numbers {
		numbers[i] = i
	}
	var failed error
	for some := range slices.Chunk(numbers, batch) {
		_, err := conn.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			for _, i := range some {
				pipe.Set(ctx, "padding:"+strconv.Itoa(i), random.String(), 0)
			}
			return nil
		})
		failed = errors.Join(failed, err)
	}
	// The connection goes back to the others, who are in the first database.
	return errors.Join(failed, conn.Select(ctx, 0).Err())
}

// heal lets it finish, and removes the traces. Redis goes on serving with the
// data that it has loaded.
func (f *loader) heal(ctx context.Context) error {
	if err := f.node.Prepare(); err != nil {
		return err
	}
	if err := f.before.restore(ctx); err != nil {
		return err
	}
	client := f.node.Admin()
	if err := wait.For(ctx, f.node.Name()+" to have loaded its data", func() (bool, error) {
		err := client.Ping(ctx).Err()
		return err == nil, err
	}); err != nil {
		return err
	}
	if _, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Select(ctx, paddingDB)
		pipe.FlushDB(ctx)
		pipe.Select(ctx, 0)
		return nil
	}); err != nil {
		return fmt.Errorf("remove the padding: %w", err)
	}
	if f.filed == "" {
		return nil
	}
	if err := os.Remove(f.filed); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove what it saved: %w", err)
	}
	return nil
}
