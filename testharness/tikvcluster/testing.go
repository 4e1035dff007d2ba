package tikvcluster

import "github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"

// New starts a cluster for a test and closes it at the test's end. It fails the
// test where the cluster cannot be started. Of a test that failed the end of
// each process's output is logged, and all that is kept of it is written to the
// test's artifact directory.
func New(t cluster.TB, o Options) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), o)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	t.Cleanup(func() {
		if t.Failed() {
			evidence(t, c)
		}
		if err := c.Close(); err != nil {
			t.Errorf("close the cluster: %v", err)
		}
	})
	return c
}

func evidence(t cluster.TB, c *Cluster) {
	const shown = 2 << 10
	for _, s := range c.servers() {
		log := s.Log()
		t.Logf("the last output of %s (%s):\n%s", s.Name(), s.State(), log[max(0, len(log)-shown):])
	}
	if err := c.WriteLogs(t.ArtifactDir()); err != nil {
		t.Logf("keep the logs: %v", err)
	}
}
