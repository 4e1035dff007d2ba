//go:build unix

package plugin_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// orphanBound is how long a plugin may outlive its host.
const orphanBound = time.Second

// A host that is killed cannot end its plugin. What it leaves of files the next
// host removes.
func TestHostIsKilled(t *testing.T) {
	tests := map[string]struct {
		reason string
		mode   string
		config fakeConfig
		frozen bool
	}{
		"Plain":        {"A plugin does not outlive its host.", "", fakeConfig{}, false},
		"HangsInClose": {"Be its subject stuck.", "", fakeConfig{Close: "hang"}, false},
		"Frozen":       {"Be it stopped, and unable to notice.", "", fakeConfig{}, true},
		"Heedless":     {"Be it deaf to signals, and without an eye on its lifeline.", "heedless", fakeConfig{}, false},
	}
	for name, tc := range tests {
		if (tc.frozen || tc.mode == "heedless") && !killedByKernel {
			continue // such a plugin is out of reach there
		}
		t.Run(name, func(t *testing.T) {
			nothingLeft(t)
			killHost, pid := startHost(t, tc.mode, tc.config)
			if tc.frozen {
				freeze(t, pid)
			}
			killHost()
			for start := time.Now(); !ended(pid); time.Sleep(time.Millisecond) {
				if time.Since(start) > orphanBound {
					_ = kill(pid)
					t.Fatalf("%s: process %d is there after %s", tc.reason, pid, orphanBound)
				}
			}
			p, err := plugin.Launch(within(t, patience), pluginOptions())
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A host that lives keeps what is its own.
func TestSweepSparesTheLiving(t *testing.T) {
	nothingLeft(t)
	killHost, pid := startHost(t, "", fakeConfig{})
	p, err := plugin.Launch(within(t, patience), pluginOptions())
	if err != nil {
		t.Fatal(err)
	}
	other, err := plugin.Launch(within(t, patience), pluginOptions())
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), "operator-*"))
	if err != nil || len(dirs) != 3 {
		t.Errorf("got %q, %v, want one for each of three plugins", dirs, err)
	}
	for _, p := range []*plugin.Plugin{p, other} {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	if ended(pid) {
		t.Error("the other host's plugin is gone")
	}
	killHost()
	eventually(t, "its plugin is gone", func() bool { return ended(pid) })
	if p, err = plugin.Launch(within(t, patience), pluginOptions()); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// startHost starts a host with a plugin, and returns when both are ready.
func startHost(t *testing.T, mode string, config fakeConfig) (killHost func(), pid int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), modeVariable+"=host", "HOST_PLUGIN="+mode, "HOST_CONFIG="+string(config.json()))
	cmd.Stderr = t.Output()
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	killHost = func() {
		cancel()
		_ = cmd.Wait()
	}
	t.Cleanup(killHost)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err == nil {
		pid, err = strconv.Atoi(strings.TrimSpace(line))
	}
	if err != nil {
		t.Fatalf("the host said %q, %v", line, err)
	}
	return killHost, pid
}
