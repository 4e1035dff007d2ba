//go:build linux

package faulty_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is how long a test waits for what must happen. It is no promise.
const patience = 30 * time.Second

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// alive reports whether a process does anything: a zombie has ended, and may be
// one for as long as it likes its new parent.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	state := stat[bytes.LastIndexByte(stat, ')')+1:]
	return !bytes.HasPrefix(state, []byte(" Z")) && !bytes.HasPrefix(state, []byte(" X"))
}

// survivors are the processes that this run has started, or that these have,
// and that are alive.
func survivors() []int {
	mark := []byte(runVariable + "=" + os.Getenv(runVariable))
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
		if err == nil && slices.ContainsFunc(bytes.Split(env, []byte{0}), func(entry []byte) bool { return bytes.Equal(entry, mark) }) && alive(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// descriptors are what this process has open.
func descriptors() []string {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	var open []string
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			open = append(open, e.Name()+" "+to)
		}
	}
	return open
}

// sockets are the directories of sockets in the temporary directory.
func sockets(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"operator-*", "plugin*"} {
		found, err := filepath.Glob(filepath.Join(os.TempDir(), pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// nothingLeft returns a check that nothing is there that was not when it was
// called: no process, descriptor, goroutine, socket, or temporary file.
func nothingLeft(t *testing.T) func() {
	t.Helper()
	// Whoever opens the first file or pipe opens the poller's, too.
	if r, w, err := os.Pipe(); err == nil {
		_, _ = r.Close(), w.Close()
	}
	before := len(descriptors())
	goroutines := goleak.IgnoreCurrent()
	return func() {
		t.Helper()
		eventually(t, fmt.Sprintf("no process is left, such as %v", survivors()), func() bool { return len(survivors()) == 0 })
		if left := sockets(t); len(left) > 0 {
			t.Errorf("left in the temporary directory: %v", left)
		}
		eventually(t, fmt.Sprintf("no more than %d descriptors are open, such as %q", before, descriptors()), func() bool { return len(descriptors()) <= before })
		goleak.VerifyNone(t, goroutines)
	}
}
