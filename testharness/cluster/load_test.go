//go:build unix

package cluster_test

import (
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/clustertest"
)

func TestLoad(t *testing.T) {
	c := cluster.New(t, fast(t))

	t.Run("AboveTheLimit", func(t *testing.T) {
		load, err := c.Load(t.Context(), cluster.LoadOptions{Rate: 200, Keys: []string{"a/b", "c"}})
		if err != nil {
			t.Fatal(err)
		}
		clustertest.Until(t, "blocked checks", func() (bool, error) { return load.Stats().Blocked > 20, nil })
		stats := load.Stop()
		if stats.Allowed != 20 || stats.Failed != 0 || stats.Sent() != stats.Allowed+stats.Blocked {
			t.Errorf("%+v, want two keys at their limit of 10", stats)
		}
		if again := load.Stop(); again != stats {
			t.Errorf("stopped again: %+v, want %+v", again, stats)
		}
	})
	t.Run("ANodeThatHangs", func(t *testing.T) {
		if err := c.Node(1).Hang(); err != nil {
			t.Fatal(err)
		}
		load, err := c.Load(t.Context(), cluster.LoadOptions{Rate: 300, Keys: []string{"k"}, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		clustertest.Until(t, "the others' share", func() (bool, error) {
			stats := load.Stats()
			return stats.Allowed+stats.Blocked > 100 && stats.Skipped > 0, nil
		})
		if err := c.Node(1).Resume(); err != nil {
			t.Fatal(err)
		}
		load.Stop()
	})
	t.Run("ANodeThatIsDead", func(t *testing.T) {
		if err := c.Node(2).Kill(); err != nil {
			t.Fatal(err)
		}
		load, err := c.Load(t.Context(), cluster.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		clustertest.Until(t, "failed checks, and others", func() (bool, error) {
			stats := load.Stats()
			return stats.Failed > 0 && stats.Allowed > 0, nil
		})
		// Not stopped: the cluster's end is the load's.
	})
}

func TestLoadRefuses(t *testing.T) {
	o := fast(t)
	o.Nodes = 1
	c := cluster.New(t, o)
	cases := map[string]struct {
		reason  string
		options cluster.LoadOptions
		want    string
	}{
		"TooManyKeys":   {"A healthy load has its bounds.", cluster.LoadOptions{Rate: 1e6}, "name the keys"},
		"NoKeys":        {"Some key has to be asked for.", cluster.LoadOptions{Keys: []string{}}, "want"},
		"Negative":      {"There is no such rate.", cluster.LoadOptions{Rate: -1, Keys: []string{"k"}}, "want"},
		"NegativeCrowd": {"Nor such a crowd.", cluster.LoadOptions{Workers: -1}, "want"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			load, err := c.Load(t.Context(), tc.options)
			if err == nil {
				load.Stop()
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nerror = %v", tc.reason, err)
			}
		})
	}
}
