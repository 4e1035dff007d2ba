package scenario

import (
	"regexp"
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBuilt: there is a commit in any case, and what else is known of a build.
func TestBuilt(t *testing.T) {
	t.Parallel()
	main := debug.Module{Path: "example.com/m", Version: "v1.2.3"}
	stamped := []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}, {Key: "-race", Value: "true"}}
	cases := map[string]struct {
		reason string
		info   *debug.BuildInfo
		want   map[string]any
	}{
		"Stamped": {
			reason: "The commit, and whether it is that.",
			info:   &debug.BuildInfo{GoVersion: "go1.26.0", Main: main, Settings: stamped},
			want:   map[string]any{"commit": "abc", "modified": true, "built_with": "go1.26.0", "module": "example.com/m", "module_version": "v1.2.3"},
		},
		"NotStamped": {
			reason: "That nobody knows it is said.",
			info:   &debug.BuildInfo{GoVersion: "go1.26.0", Main: main},
			want:   map[string]any{"commit": noCommit, "built_with": "go1.26.0", "module": "example.com/m", "module_version": "v1.2.3"},
		},
		"Nothing": {reason: "Not even how it was built is known.", want: map[string]any{"commit": noCommit}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, built(tc.info, tc.info != nil)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestProgramSum(t *testing.T) {
	t.Parallel()
	if got := programSum(); !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(got) {
		t.Errorf("the sum of this program is %q", got)
	}
	if v := versions(); v["commit"] == nil || v["binary_sha256"] == nil || v["go"] == nil {
		t.Errorf("versions: %v", v)
	}
}
