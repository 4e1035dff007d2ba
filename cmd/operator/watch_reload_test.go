//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
)

// A hangup makes a watch read its configuration again and replace the plugin, if
// that works, and go on as it was, if not.
func TestWatchReloads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "operator.yaml")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure := func(config string) {
		t.Helper()
		write("operator.yaml", "subjects:\n  sub:\n    plugin: operator-subject-fake\n    insecure: true\n    config: "+config+"\n")
	}
	write("old.json", `{"summary":"old"}`)
	write("new.json", `{"summary":"new"}`)
	configure("{script: " + filepath.Join(dir, "old.json") + "}")

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "operator", "--config", path, "watch", "--all", "--every", "--interval", "100ms", "-o", "json")
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
	await := func(typ host.EventType, message string) {
		t.Helper()
		for lines.Scan() {
			var e host.Event
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Fatalf("%v: %s", err, lines.Text())
			}
			if e.Type == typ && strings.Contains(e.Message, message) {
				return
			}
			if e.Type != host.EventObservation && e.Type != typ {
				t.Fatalf("while waiting for %s: %s", typ, lines.Text())
			}
		}
		t.Fatalf("there was no %s; standard error: %s", typ, &stderr)
	}
	hangUp := func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	await(host.EventObservation, "old")
	configure("{scrip: x}")
	hangUp()
	await(host.EventSwapRefused, "operator.yaml:5:14: subjects.sub.config.scrip: unknown field")
	await(host.EventObservation, "old")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	hangUp()
	await(host.EventSwapRefused, "reload: read configuration")
	await(host.EventObservation, "old")
	configure("{script: " + filepath.Join(dir, "new.json") + "}")
	hangUp()
	await(host.EventSwapped, "reloaded")
	await(host.EventObservation, "new")

	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // to its end
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v, %s", err, &stderr)
	}
}
