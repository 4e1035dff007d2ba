package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// outcome is what a job brought.
type outcome struct {
	results []result
	err     error // why some of them may be missing, in one line
}

// runner runs jobs.
type runner struct {
	count    int
	counters int
	flat     int    // the most counters of BenchmarkSweeperFlat
	time     string // in place of the jobs' own; empty leaves them
	dir      string // where the module is; empty is the working directory
	log      io.Writer
}

// jobTimeout bounds one job: to load a million counters takes minutes on a small
// machine, and each run loads them anew.
const jobTimeout = 2 * time.Hour

// args are the arguments of the go command.
func (r runner) args(j job) []string {
	benchtime := j.time
	if r.time != "" {
		benchtime = r.time
	}
	return []string{
		"test", "-run", "^$", "-bench", j.pattern, "-benchtime", benchtime, "-count", strconv.Itoa(r.count),
		"-timeout", jobTimeout.String(), j.pkg,
	}
}

// run runs a job to its end, or until ctx's.
func (r runner) run(ctx context.Context, j job) outcome {
	ctx, cancel := context.WithTimeout(ctx, jobTimeout+time.Minute)
	defer cancel()
	args := r.args(j)
	fmt.Fprintf(r.log, "go %s\n", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the arguments are this program's own
	cmd.Env = append(os.Environ(), "BENCH_COUNTERS="+strconv.Itoa(r.counters), "BENCH_FLAT="+strconv.Itoa(r.flat))
	var out bytes.Buffer
	log := &oneAtATime{to: r.log}
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&out, log), log
	cmd.Dir, cmd.WaitDelay = r.dir, time.Minute
	asGroup(cmd)
	failed := cmd.Run()
	if ctx.Err() != nil {
		failed = context.Cause(ctx)
	}
	results, err := parse(bytes.NewReader(out.Bytes()))
	if failed != nil {
		return outcome{results, fmt.Errorf("%w: %s", failed, lastWords(out.String()))}
	}
	return outcome{results, err}
}

// oneAtATime is a writer for two goroutines: what a command prints and what it
// complains of are copied by one each.
type oneAtATime struct {
	mu sync.Mutex
	to io.Writer
}

// Write implements io.Writer.
func (w *oneAtATime) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

// runAll runs each job once, whatever number of rows it is for.
func (r runner) runAll(ctx context.Context, rows []row) []measure {
	outcomes := make(map[job]outcome)
	measures := make([]measure, 0, len(rows))
	for _, row := range rows {
		if _, ran := outcomes[row.job]; !ran {
			if ctx.Err() != nil {
				outcomes[row.job] = outcome{err: errors.New("not run: it was interrupted")}
			} else {
				outcomes[row.job] = r.run(ctx, row.job)
			}
		}
		measures = append(measures, judged(row, outcomes[row.job]))
	}
	return measures
}

// maxWords bounds what is shown of a job that failed, in bytes.
const maxWords = 300

// lastWords returns the lines of an output that tell of a failure, joined.
func lastWords(output string) string {
	var lines []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if _, ok := parseLine(line); ok || line == "" || line == "FAIL" || strings.HasPrefix(line, "exit status") {
			continue
		}
		if name, _, found := strings.Cut(line, ": "); found && (name == "goos" || name == "goarch" || name == "pkg" || name == "cpu") {
			continue
		}
		lines = append(lines, line)
	}
	words := strings.Join(lines, "; ")
	if len(words) > maxWords {
		words = strings.ToValidUTF8(words[:maxWords], "") + "..."
	}
	return words
}
