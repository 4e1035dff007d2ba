package plugin_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// BenchmarkMemory loads plugins and reports the resident memory of one, of which
// what is anonymous is its own and the rest its binary's, shared by all of its
// processes, and what one costs its host.
func BenchmarkMemory(b *testing.B) {
	const loaded = 8
	var whole, own, host float64
	for b.Loop() {
		whole, own = 0, 0
		debug.FreeOSMemory()
		before := residentMB(b, os.Getpid(), "VmRSS")
		var plugins []*plugin.Plugin
		for range loaded {
			subject, p, err := plugin.Load(b.Context(), pluginOptions(), fakeConfig{Observe: "bench"}.json())
			if err != nil {
				b.Fatal(err)
			}
			plugins = append(plugins, p)
			for range 100 {
				if _, err := subject.Observe(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			whole += residentMB(b, p.PID(), "VmRSS") / loaded
			own += residentMB(b, p.PID(), "RssAnon") / loaded
		}
		debug.FreeOSMemory()
		host = (residentMB(b, os.Getpid(), "VmRSS") - before) / loaded
		for _, p := range plugins {
			if err := p.Close(); err != nil {
				b.Error(err)
			}
		}
	}
	b.ReportMetric(whole, "plugin-MB")
	b.ReportMetric(own, "plugin-own-MB")
	b.ReportMetric(host, "host-MB/plugin")
	b.ReportMetric(0, "ns/op")
}

// residentMB is a line of a process's status, in MB.
func residentMB(b *testing.B, pid int, name string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, value, _ := bytes.Cut(status, []byte("\n"+name+":"))
	var kib float64
	if _, err := fmt.Sscan(string(value), &kib); err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}
