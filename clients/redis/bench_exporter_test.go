package redis_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// BenchmarkSweeperExporter sweeps a whole keyspace beside redis_exporter, which is
// asked for the counters by its -check-keys, in turns: that is how one would look
// at a limiter's keys without this package. Its pattern leaves the sequences out,
// as one can where no counter ends with a q; without that it has twice as much to
// do. It has its own defaults otherwise, and looks over the same socket; its answer
// is not compressed, which saves it work. Its ratios:
//
//	fast-of-exporter    wall of a sweep by four chains to that of one scrape
//	gentle-of-exporter  the same by one chain
//	exporter-MB         resident memory of redis_exporter at its peak
//	exporter-s          wall of a scrape
func BenchmarkSweeperExporter(b *testing.B) {
	path := exporterPath(b)
	l := loadedServer(b, benchSize(b))
	fast := l.sweeper(b, redis.SweeperOptions{Chains: 4, Untracked: true})
	gentle := l.sweeper(b, redis.SweeperOptions{Untracked: true})
	l.fullPass(b, fast)
	b.Run("CheckKeys", func(b *testing.B) {
		var scraped, fastWall, gentleWall time.Duration
		var peak int64
		for b.Loop() {
			b.StopTimer()
			e := startExporter(b, path, l.socket)
			scraped += e.scrape(b, l.n)
			peak = max(peak, residentPeak(e.cmd.Process.Pid))
			e.end()
			gentleWall += l.fullPass(b, gentle)
			b.StartTimer()
			fastWall += l.fullPass(b, fast)
		}
		b.ReportMetric(fastWall.Seconds()/scraped.Seconds(), "fast-of-exporter")
		b.ReportMetric(gentleWall.Seconds()/scraped.Seconds(), "gentle-of-exporter")
		b.ReportMetric(float64(peak)/(1<<20), "exporter-MB")
		b.ReportMetric(scraped.Seconds()/float64(b.N), "exporter-s")
	})
}

// exporterPath is where redis_exporter is: REDIS_EXPORTER, or where the Makefile
// puts it, or in PATH.
func exporterPath(b *testing.B) string {
	b.Helper()
	if path := os.Getenv("REDIS_EXPORTER"); path != "" {
		return path
	}
	built, err := filepath.Abs(filepath.Join("..", "..", ".tools", "bin", "redis_exporter"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{built, "redis_exporter"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	b.Fatalf("redis_exporter is neither at %s nor in PATH, and REDIS_EXPORTER is not set: run `make .tools/bin/redis_exporter`", built)
	return ""
}

// exporter is a redis_exporter process.
type exporter struct {
	cmd  *exec.Cmd
	log  bytes.Buffer
	url  string
	gone chan struct{}
}

// startExporter starts one that looks at the counters of a server, and waits until
// it answers.
func startExporter(b *testing.B, path, socket string) *exporter {
	b.Helper()
	address := "127.0.0.1:" + freePort(b)
	e := &exporter{url: "http://" + address, gone: make(chan struct{})}
	e.cmd = exec.CommandContext(b.Context(), path,
		"-redis.addr", "unix://"+socket, "-check-keys", "ratelimit:*[^q]", "-web.listen-address", address)
	e.cmd.Stdout, e.cmd.Stderr, e.cmd.SysProcAttr = &e.log, &e.log, attributes()
	if err := e.cmd.Start(); err != nil {
		b.Fatalf("start %s: %v", path, err)
	}
	go func() {
		_ = e.cmd.Wait()
		close(e.gone)
	}()
	b.Cleanup(e.end)
	eventually(b, "redis_exporter answers", func() error {
		res, err := e.get(b, "/health")
		if err != nil {
			return err
		}
		return res.Body.Close()
	})
	return e
}

func (e *exporter) end() {
	_ = e.cmd.Process.Kill()
	<-e.gone
}

func (e *exporter) get(b *testing.B, path string) (*http.Response, error) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, e.url+path, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err == nil && res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fmt.Errorf("%s answers %s", path, res.Status)
	}
	return res, err
}

// scrape is how long one scrape takes in which every key is found.
func (e *exporter) scrape(b *testing.B, keys int) time.Duration {
	b.Helper()
	start := time.Now()
	res, err := e.get(b, "/metrics")
	if err != nil {
		b.Fatalf("scrape redis_exporter: %v: %.2000s", err, &e.log)
	}
	found := 0
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(make([]byte, 0, 256<<10), 1<<20)
	for lines.Scan() {
		if bytes.HasPrefix(lines.Bytes(), []byte("redis_key_size{")) {
			found++
		}
	}
	if err := lines.Err(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start)
	if err := res.Body.Close(); err != nil {
		b.Fatal(err)
	}
	if found != keys {
		b.Fatalf("redis_exporter told of %d keys, want %d: %.2000s", found, keys, &e.log)
	}
	return took
}
