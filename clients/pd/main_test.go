package pd_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/pd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// forever is a hedge delay that never ends within a test.
const forever = time.Hour

func newClient(t *testing.T, options pd.Options) *pd.Client {
	t.Helper()
	c, err := pd.New(options)
	if err != nil {
		t.Fatalf("New(): %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// calls are all calls there are, with good parameters, by the path they reach.
var calls = map[string]func(context.Context, *pd.Client) (any, error){
	"stores":         func(ctx context.Context, c *pd.Client) (any, error) { return c.Stores(ctx) },
	"store":          func(ctx context.Context, c *pd.Client) (any, error) { return c.Store(ctx, 1) },
	"region":         func(ctx context.Context, c *pd.Client) (any, error) { return c.Region(ctx, 52) },
	"regions":        func(ctx context.Context, c *pd.Client) (any, error) { return firstPage(ctx, c, pd.MaxPage) },
	"check":          func(ctx context.Context, c *pd.Client) (any, error) { return c.Check(ctx, pd.CheckMissPeer, 1000) },
	"stats":          func(ctx context.Context, c *pd.Client) (any, error) { return c.RegionStats(ctx) },
	"members":        func(ctx context.Context, c *pd.Client) (any, error) { return c.Members(ctx) },
	"health":         func(ctx context.Context, c *pd.Client) (any, error) { return c.Health(ctx) },
	"status":         func(ctx context.Context, c *pd.Client) (any, error) { return c.ClusterStatus(ctx) },
	"schedule":       func(ctx context.Context, c *pd.Client) (any, error) { return c.ScheduleConfig(ctx) },
	"operators":      func(ctx context.Context, c *pd.Client) (any, error) { return c.Operators(ctx) },
	"schedulers":     func(ctx context.Context, c *pd.Client) (any, error) { return c.Schedulers(ctx) },
	"evicting":       func(ctx context.Context, c *pd.Client) (any, error) { return c.EvictLeaderStores(ctx) },
	"transferLeader": func(ctx context.Context, c *pd.Client) (any, error) { return nil, c.TransferLeader(ctx, 52, 4) },
	"transferPeer":   func(ctx context.Context, c *pd.Client) (any, error) { return nil, c.TransferPeer(ctx, 52, 2, 3) },
	"evict":          func(ctx context.Context, c *pd.Client) (any, error) { return nil, c.AddEvictLeader(ctx, 2) },
	"stopEvicting":   func(ctx context.Context, c *pd.Client) (any, error) { return nil, c.RemoveEvictLeader(ctx, 2) },
}

// writes are those of the calls that change something.
var writes = []string{"transferLeader", "transferPeer", "evict", "stopEvicting"}

func firstPage(ctx context.Context, c *pd.Client, limit int) ([]pd.Region, error) {
	for page, err := range c.Regions(ctx, limit) {
		return page, err
	}
	return nil, nil
}

func failureOf(t *testing.T, err error) *failure.Error {
	t.Helper()
	fe, ok := errors.AsType[*failure.Error](err)
	if !ok {
		t.Fatalf("not a failure.Error: %v", err)
	}
	return fe
}
