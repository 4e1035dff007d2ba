//go:build unix

package scratch_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scratch"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// Started with this variable the test binary makes a directory, tells its path,
// and waits to be killed.
const ownerVariable = "SCRATCH_TEST_OWNER"

func TestMain(m *testing.M) {
	if os.Getenv(ownerVariable) != "" {
		dir, err := scratch.New(context.Background(), "scratch-test-*")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir.Path(), "file"), []byte("data"), 0o600)
		}
		if err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		fmt.Println(dir.Path())
		select {}
	}
	goleak.VerifyTestMain(m)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestCloseRemovesTheDirectory(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dir, err := scratch.New(t.Context(), "a 'quoted' $name *")
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(dir.Path()) || !exists(dir.Path()) {
		t.Fatalf("path = %q", dir.Path())
	}
	if err := os.MkdirAll(filepath.Join(dir.Path(), "deep", "er"), 0o750); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := dir.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if exists(dir.Path()) {
		t.Errorf("%s is still there", dir.Path())
	}
}

func TestAKilledOwnerLeavesNoDirectory(t *testing.T) {
	owner := exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), ownerVariable+"=yes", "TMPDIR="+t.TempDir())
	output, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	path := strings.TrimSpace(line)
	if err != nil || !exists(path) {
		t.Fatalf("the owner says %q, %v", line, err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // it was killed: its status says so
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := wait.For(ctx, path+" to be removed", func() (bool, error) { return !exists(path), nil }); err != nil {
		t.Error(err)
	}
}

func TestNoPlaceForADirectory(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	if dir, err := scratch.New(t.Context(), "x"); err == nil {
		_ = dir.Close()
		t.Error("a directory in nowhere")
	}
}
