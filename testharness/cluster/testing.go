package cluster

import "github.com/operator-ratelimiter/operator-ratelimiter/testharness/internal/parts"

// TB is what [New] needs of a test; *testing.T and *testing.B have it.
type TB = parts.TB

// New starts a cluster for a test and closes it at the test's end. It fails the
// test where the cluster cannot be started. Of a test that failed the end of
// each process's output is logged, and all that is kept of it is written to the
// test's artifact directory.
func New(t TB, o Options) *Cluster {
	t.Helper()
	c, err := Start(t.Context(), o)
	if err != nil {
		t.Fatalf("%v", err)
		return nil
	}
	parts.CloseAfter(t, c.servers(), c.Close)
	return c
}
