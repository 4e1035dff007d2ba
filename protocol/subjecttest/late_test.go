package subjecttest_test

import (
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// What a system has accepted it may do a little later, and no check may take
// that for the doing of the call after it.
func TestLateSystem(t *testing.T) {
	t.Parallel()
	suite, system := goodSuite(t)
	system.late = true
	suite.Only = func(c subjecttest.Check) bool { return strings.HasPrefix(c.Name, "act/") && c.Name != "act/remembers" }
	subjecttest.Run(t.Context(), suite, func(r subjecttest.Result) {
		if r.Status == subjecttest.Failed {
			t.Errorf("%s: %s\n%s", r.Check, r.Reason, r.Message)
		}
	})
}
