package redis_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
)

// childRole is the variable that has this test binary be one of the processes
// that a benchmark needs besides its own, and childSocket the server's socket.
const (
	childRole   = "REDIS_BENCH_CHILD"
	childSocket = "REDIS_BENCH_SOCKET"
)

// child plays the role that the environment gives, and reports whether there is
// one. It prints one number.
func child() bool {
	socket := os.Getenv(childSocket)
	switch role, chains, _ := strings.Cut(os.Getenv(childRole), ":"); role {
	case "":
		return false
	case "memory":
		n, _ := strconv.Atoi(chains)
		fmt.Println(memoryOfASweep(socket, n))
	case "foreground":
		fmt.Println(foreground(socket).Microseconds())
	}
	return true
}

// memoryOfASweep is by how many bytes a full pass, and what it takes to follow it,
// makes a process larger at its peak.
func memoryOfASweep(socket string, chains int) int64 {
	c, err := redis.New(redis.Options{URL: "unix://" + socket})
	if err != nil {
		panic(err)
	}
	sweeper, err := c.NewSweeper(redis.SweeperOptions{Chains: chains})
	if err != nil {
		panic(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Ping(context.Background()); err != nil {
		panic(err)
	}
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200); err != nil { // resets VmHWM, see proc(5)
		panic(err)
	}
	idle := residentPeak(os.Getpid())
	for steps := 0; steps < 20; {
		progress, err := sweeper.Step(context.Background(), time.Hour, nil, func(redis.Counter) {})
		if err != nil {
			panic(err)
		}
		if progress.Following {
			steps++
		}
	}
	return residentPeak(os.Getpid()) - idle
}

// residentPeak is a process's VmHWM in bytes.
func residentPeak(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				panic(err)
			}
			return kb << 10
		}
	}
	panic("no VmHWM")
}

// foreground is a client like the limiter's nodes: it counts a request every
// millisecond until its input ends, and tells what 99 of 100 did not take longer
// than.
func foreground(socket string) time.Duration {
	rdb := goredis.NewClient(&goredis.Options{Network: "unix", Addr: socket})
	defer func() { _ = rdb.Close() }()
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	var took []time.Duration
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			slices.Sort(took)
			return took[len(took)*99/100]
		case <-tick.C:
			start := time.Now()
			if err := rdb.ZCard(context.Background(), "ratelimit:user-1").Err(); err != nil {
				panic(err)
			}
			took = append(took, time.Since(start))
		}
	}
}

// startChild starts this binary in a role. The function it returns ends it and
// tells the number that it printed.
func startChild(b *testing.B, socket, role string) (end func() int64) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, childSocket+"="+socket)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return func() int64 {
		_ = in.Close()
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			b.Fatalf("%s: %v", role, err)
		}
		_ = cmd.Wait()
		n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		if err != nil {
			b.Fatalf("%s: %v", role, err)
		}
		return n
	}
}
