package host

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/procfs"

	"github.com/operator-ratelimiter/operator-ratelimiter/host/hosttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// BenchmarkHundredSubjects watches 100 subjects, each at an interval of one
// second, for ten seconds an iteration. BENCH_PLUGINS of them, 10 if it is not
// set, are plugins in processes of their own; the others are behind the same
// wire in this process, which so does their plugins' half of the work too. It
// reports what was used meanwhile:
//
//	host-cpu-s/s     CPU seconds per second of this process
//	plugins-cpu-s/s  those of all the plugins' processes
//	host-MB          resident memory of this process
//	plugin-MB        that of one plugin's process, its binary included
//	observations/s   of all subjects; 100 if none was late
func BenchmarkHundredSubjects(b *testing.B) {
	const subjects, long = 100, 10 * time.Second
	plugins := benchPlugins(b)
	var observations atomic.Int64
	var pids []int
	ctx, cancel := context.WithCancel(b.Context())
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	for i := range subjects {
		var s protocol.Subject
		if i < plugins {
			loaded := benchLoad(b)
			s, pids = loaded, append(pids, loaded.PID())
		} else {
			s = benchInMemory(b)
		}
		watching.Go(func() {
			opts := WatchOptions{Interval: time.Second, All: true, Open: func(context.Context) (protocol.Subject, error) { return s, nil }}
			err := Watch(ctx, opts, func(events []Event) error {
				for _, e := range events {
					if e.Type == EventObservation {
						observations.Add(1)
					}
				}
				return nil
			})
			if err != nil {
				b.Error(err)
			}
		})
	}
	var host, plugged, lasted, seen float64
	for b.Loop() {
		began, before := time.Now(), observations.Load()
		hostBefore, pluginsBefore := cpuOf(b, os.Getpid()), cpuOf(b, pids...)
		time.Sleep(long)
		lasted += time.Since(began).Seconds()
		host += cpuOf(b, os.Getpid()) - hostBefore
		plugged += cpuOf(b, pids...) - pluginsBefore
		seen += float64(observations.Load() - before)
	}
	b.ReportMetric(host/lasted, "host-cpu-s/s")
	b.ReportMetric(plugged/lasted, "plugins-cpu-s/s")
	b.ReportMetric(residentOf(b, os.Getpid()), "host-MB")
	if plugins > 0 {
		b.ReportMetric(residentOf(b, pids...)/float64(plugins), "plugin-MB")
	}
	b.ReportMetric(seen/lasted, "observations/s")
	b.ReportMetric(0, "ns/op") // it is told how long
}

func benchPlugins(b *testing.B) int {
	b.Helper()
	text := os.Getenv("BENCH_PLUGINS")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 100 {
		b.Fatalf("BENCH_PLUGINS: want 0 to 100, got %q", text)
	}
	return n
}

// benchConfig is the configuration of a subject that finds three nodes well.
func benchConfig(b *testing.B) json.RawMessage {
	b.Helper()
	path := filepath.Join(b.TempDir(), "script.json")
	if err := (hosttest.Script{Summary: "fine", Nodes: []string{"n1", "n2", "n3"}}).Write(path); err != nil {
		b.Fatal(err)
	}
	config, err := json.Marshal(map[string]string{"script": path})
	if err != nil {
		b.Fatal(err)
	}
	return config
}

func benchLoad(b *testing.B) *Subject {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	entry := Entry{Name: "sub", Plugin: self, Args: []string{"serve-fake"}, Insecure: true, Config: benchConfig(b)}
	s, err := Load(b.Context(), entry, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func benchInMemory(b *testing.B) protocol.Subject {
	b.Helper()
	p, err := plugin.LaunchInMemory(b.Context(), hosttest.Definition())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.Close(); err != nil {
			b.Error(err)
		}
	})
	s, err := p.Definition().Open(b.Context(), benchConfig(b))
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// cpuOf is the CPU seconds that processes have used together.
func cpuOf(b *testing.B, pids ...int) (seconds float64) {
	b.Helper()
	for _, pid := range pids {
		seconds += statOf(b, pid).CPUTime()
	}
	return seconds
}

// residentOf is the resident memory of processes together, in MB.
func residentOf(b *testing.B, pids ...int) (mb float64) {
	b.Helper()
	for _, pid := range pids {
		mb += float64(statOf(b, pid).ResidentMemory()) / (1 << 20)
	}
	return mb
}

func statOf(b *testing.B, pid int) procfs.ProcStat {
	b.Helper()
	p, err := procfs.NewProc(pid)
	if err != nil {
		b.Fatal(err)
	}
	stat, err := p.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return stat
}
