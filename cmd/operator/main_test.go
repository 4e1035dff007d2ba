package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/host/hosttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
)

// TestMain makes the test binary the operator and a plugin, when it is started
// under their names.
func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){
		"operator":              main,
		"operator-subject-fake": serveFake,
	})
}

func serveFake() {
	if err := plugin.Serve(hosttest.Definition()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type leakChecked struct{ m *testing.M }

func (l leakChecked) Run() int {
	code := l.m.Run()
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"json":  isJSON,
			// hostile FILE writes a value that cannot be typed.
			"hostile": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("al\nice\x1b\n"), 0o600))
			},
		},
	})
}

// exits CODE COMMAND... runs a command and checks its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// json checks that each line, or else all, of the last standard output is JSON.
func isJSON(ts *testscript.TestScript, neg bool, _ []string) {
	out := ts.ReadFile("stdout")
	valid := json.Valid([]byte(out))
	if !valid {
		valid = true
		for line := range strings.Lines(out) {
			valid = valid && json.Valid([]byte(line))
		}
	}
	if valid == neg {
		ts.Fatalf("JSON is %v", valid)
	}
}

// An interrupt ends a watch at any time, cleanly, and its plugin with it.
func TestWatchEndsWithASignal(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			config := filepath.Join(dir, "operator.yaml")
			text := "subjects:\n  sub:\n    plugin: operator-subject-fake\n    config: {script: none}\n"
			if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			if out, err := exec.CommandContext(ctx, "operator", "--config", config, "pin", "sub").CombinedOutput(); err != nil {
				t.Fatalf("pin: %v, %s", err, out)
			}
			cmd := exec.CommandContext(ctx, "operator", "--config", config, "watch", "sub", "--every", "--interval", "100ms", "-o", "json")
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stdout)
			for range 3 {
				if !lines.Scan() || !json.Valid(lines.Bytes()) {
					t.Fatalf("not a line of JSON: %q, %s", lines.Text(), &stderr)
				}
			}
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() { // to its end
			}
			if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
				t.Errorf("%v, %s", err, &stderr)
			}
		})
	}
}
