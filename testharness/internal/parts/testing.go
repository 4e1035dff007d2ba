package parts

import "context"

// TB is what [CloseAfter] needs of a test; *testing.T and *testing.B have it. It
// is spelled out here so that a program that starts a cluster does not link the
// testing package.
type TB interface {
	Helper()
	Context() context.Context
	Cleanup(f func())
	Failed() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	ArtifactDir() string
}

// CloseAfter closes a cluster at a test's end. Of a test that failed the end of
// each part's output is logged, and all that is kept of it is written to the
// test's artifact directory.
func CloseAfter[P Part](t TB, all []P, closeAll func() error) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			evidence(t, all)
		}
		if err := closeAll(); err != nil {
			t.Errorf("close the cluster: %v", err)
		}
	})
}

func evidence[P Part](t TB, all []P) {
	const shown = 2 << 10
	for _, p := range all {
		log := p.Log()
		t.Logf("the last output of %s (%s):\n%s", p.Name(), p.State(), log[max(0, len(log)-shown):])
	}
	if err := WriteLogs(t.ArtifactDir(), all); err != nil {
		t.Logf("keep the logs: %v", err)
	}
}
