package plugin_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func TestLimits(t *testing.T) {
	subject, p := load(t, fakeConfig{Observe: "process"}, func(o *plugin.Options) {
		o.Limits = plugin.Limits{MemoryBytes: 1 << 40, CPUTime: 90*time.Second + 1}
	})
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`Max data size +1099511627776 +1099511627776 `,
		`Max cpu time +91 +91 `,
		`Max core file size +0 +0 `,
	} {
		if !regexp.MustCompile(want).Match(raw) {
			t.Errorf("%q is not in\n%s", want, raw)
		}
	}
	env := stateOf[struct{ Environment []string }](t, subject).Environment
	if !slices.Contains(env, "GOMEMLIMIT=989560464993") {
		t.Errorf("the plugin does not know of its limit: %q", env)
	}
}

// A host that names the variable itself means it.
func TestLimitsLeaveTheEnvironment(t *testing.T) {
	subject, _ := load(t, fakeConfig{Observe: "process"}, func(o *plugin.Options) {
		o.Limits, o.Env = plugin.Limits{MemoryBytes: 1 << 40}, append(o.Env, "GOMEMLIMIT=5GiB")
	})
	env := slices.DeleteFunc(stateOf[struct{ Environment []string }](t, subject).Environment,
		func(e string) bool { return !strings.HasPrefix(e, "GOMEMLIMIT=") })
	compare(t, "the variable", []string{"GOMEMLIMIT=5GiB"}, env)
}

func TestMemoryLimit(t *testing.T) {
	_, p := load(t, fakeConfig{})
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(raw, []byte("VmData:"))
	used, err := strconv.Atoi(string(bytes.Fields(rest)[0])) // kB, a lot of which is the race detector's
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	subject, p := load(t, fakeConfig{Observe: "eat"}, func(o *plugin.Options) {
		o.Limits.MemoryBytes = uint64(used)<<10 + 256<<20
	})
	_, err = subject.Observe(within(t, patience))
	t.Log(err)
	compare(t, "code", protocol.Unavailable, protocol.CodeOf(err))
	if err == nil || !strings.Contains(err.Error(), "the plugin's process has ended") || !strings.Contains(err.Error(), "last wrote") {
		t.Errorf("got %v", err)
	}
	<-p.Done()
}

func TestCPULimit(t *testing.T) {
	subject, _ := load(t, fakeConfig{Observe: "spin"}, func(o *plugin.Options) { o.Limits.CPUTime = time.Second })
	_, err := subject.Observe(within(t, patience))
	compare(t, "code", protocol.Unavailable, protocol.CodeOf(err))
	if err == nil || !strings.Contains(err.Error(), "signal: killed, after it had used its CPU time of 1s") {
		t.Errorf("got %v", err)
	}
}
