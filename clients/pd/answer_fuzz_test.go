package pd

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
)

// seedAnswers adds the recorded answers, and some that are none.
func seedAnswers(f *testing.F, add func(status int, body []byte)) {
	f.Helper()
	clienttest.SeedAnswers(
		f, add,
		"", "null", "[]", "{}", `{"count":1,"regions":[{"id":1e400}]}`, `{"count":99999999999,"regions":[]}`, `{"store_leader_count":{"\u001b":1}}`,
		`{"regions":[],"count":0}`, `{"count":-0,"regions":[]}`, `["\ud800"]`, `"[PD:core:ErrStoreNotFound]\u001b"`, `{"code":"input","msg":null}`,
	)
}

// FuzzDecode gives every decoder the same document: errors of one bounded
// printable line, memory in proportion, and no number that is null is taken for
// one.
func FuzzDecode(f *testing.F) {
	seedAnswers(f, func(_ int, body []byte) { f.Add(body, uint(len(body))) })
	f.Fuzz(func(t *testing.T, body []byte, pick uint) {
		document := clienttest.NewDocument(t, body, pick)
		for name, decoder := range decoders {
			value, ok := document.Decode(t, decoder.decode)
			if !ok {
				continue
			}
			if list, ok := value.(RegionList); ok {
				mustBeRegions(t, name, list)
			}
			document.MustNeedNumber(t, name, decoder.decode, true)
		}
	})
}

func mustBeRegions(t *testing.T, name string, list RegionList) {
	t.Helper()
	if len(list.Regions) > list.Count {
		t.Fatalf("%s: %d regions of %d", name, len(list.Regions), list.Count)
	}
	for _, region := range list.Regions {
		if _, err := hex.DecodeString(region.EndKey); err != nil {
			t.Fatalf("%s: the key %q is not hexadecimal", name, region.EndKey)
		}
	}
}

// FuzzAnswers gives every call the same answer. What is not an answer to it is
// an error of a declared class.
func FuzzAnswers(f *testing.F) {
	seedAnswers(f, func(status int, body []byte) { f.Add(status, body) })
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		client, err := New(Options{
			Endpoints:  []string{"http://user:PASSWORD@host"},
			HTTPClient: &http.Client{Transport: clienttest.Transport{Status: status, Body: body}},
			Timeout:    time.Minute,
			MaxBody:    1 << 20,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		for name, ask := range calls(client) {
			err := ask(t.Context())
			if err == nil {
				if status < 200 || status > 299 {
					t.Fatalf("%s: a status of %d is an answer", name, status)
				}
				continue
			}
			if fe := clienttest.MustBeClassed(t, err, clienttest.Answered(), "PASSWORD"); !fe.Sent {
				t.Fatalf("%s: %d %q was not asked for: %v", name, status, body, err)
			}
		}
	})
}

// calls are all there are.
func calls(c *Client) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Stores":            func(ctx context.Context) error { _, err := c.Stores(ctx); return err },
		"Store":             func(ctx context.Context) error { _, err := c.Store(ctx, 1); return err },
		"Region":            func(ctx context.Context) error { _, err := c.Region(ctx, 52); return err },
		"Check":             func(ctx context.Context) error { _, err := c.Check(ctx, CheckDownPeer, 3); return err },
		"RegionStats":       func(ctx context.Context) error { _, err := c.RegionStats(ctx); return err },
		"Members":           func(ctx context.Context) error { _, err := c.Members(ctx); return err },
		"Health":            func(ctx context.Context) error { _, err := c.Health(ctx); return err },
		"ClusterStatus":     func(ctx context.Context) error { _, err := c.ClusterStatus(ctx); return err },
		"ScheduleConfig":    func(ctx context.Context) error { _, err := c.ScheduleConfig(ctx); return err },
		"Operators":         func(ctx context.Context) error { _, err := c.Operators(ctx); return err },
		"Schedulers":        func(ctx context.Context) error { _, err := c.Schedulers(ctx); return err },
		"EvictLeaderStores": func(ctx context.Context) error { _, err := c.EvictLeaderStores(ctx); return err },
		"TransferLeader":    func(ctx context.Context) error { return c.TransferLeader(ctx, 52, 1) },
		"TransferPeer":      func(ctx context.Context) error { return c.TransferPeer(ctx, 52, 1, 2) },
		"AddEvictLeader":    func(ctx context.Context) error { return c.AddEvictLeader(ctx, 1) },
		"RemoveEvictLeader": func(ctx context.Context) error { return c.RemoveEvictLeader(ctx, 1) },
		"Regions": func(ctx context.Context) error {
			pages := 0
			for regions, err := range c.Regions(ctx, 2) {
				if err != nil {
					return err
				}
				// The same page comes again and again, and is to be refused.
				if pages++; len(regions) > 2 || pages > 2 {
					return errors.New("the walk stands still")
				}
			}
			return nil
		},
	}
}
