package subjecttest

import "testing"

// Test runs the suite's checks, each as a subtest of its name. One that is not
// applicable passes, and logs why.
func Test(t *testing.T, suite Suite) {
	t.Helper()
	suite = suite.withDefaults()
	r := newRunner(t.Context(), suite)
	for _, check := range suite.checks() {
		t.Run(check.Name, func(t *testing.T) {
			switch result := r.run(t.Context(), check); result.Status {
			case Inapplicable:
				t.Log("not applicable: " + result.Message)
			case Failed:
				t.Errorf("%s\n%s", result.Reason, result.Message)
			default:
			}
		})
	}
}
