//go:build unix

package plugin_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

func TestServeRefuses(t *testing.T) {
	def := fakeDefinition()
	def.Open = nil
	if err := plugin.Serve(def); err == nil || !strings.Contains(err.Error(), "no Open") {
		t.Errorf("without Open: got %v", err)
	}
	def = fakeDefinition()
	def.Name = "Not A Name"
	if err := plugin.Serve(def); err == nil || !strings.Contains(err.Error(), "not a name") {
		t.Errorf("with a definition that is not valid: got %v", err)
	}
}

func TestServeWithoutAHost(t *testing.T) {
	tests := map[string]struct {
		reason string
		env    []string
		want   string
	}{
		"ByHand":      {"A person is told what it is.", nil, "not meant to be executed directly"},
		"NoSocket":    {"A plugin that cannot listen says so, and fails.", []string{plugin.Cookie(), "PLUGIN_UNIX_SOCKET_DIR=/nowhere"}, "could not listen"},
		"NoSocketLog": {"And its log says why.", []string{plugin.Cookie(), "PLUGIN_UNIX_SOCKET_DIR=/nowhere"}, "/nowhere"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(within(t, patience), os.Args[0])
			cmd.Env = append(append(os.Environ(), pluginOptions().Env...), tc.env...)
			out, err := cmd.CombinedOutput()
			if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), tc.want) {
				t.Errorf("%s: %v, %s", tc.reason, err, out)
			}
		})
	}
}
