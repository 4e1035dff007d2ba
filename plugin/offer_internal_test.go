//go:build unix

package plugin

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// Who was given standard output before the first call may hold on to it, and
// keeps nobody waiting.
func TestOfferEndsThoughItsOutputIsHeld(t *testing.T) {
	defer func(out *os.File) { os.Stdout = out }(os.Stdout)
	o := &offer{done: make(chan struct{})}
	if err := o.announce(nil); err != nil {
		t.Fatal(err)
	}
	held, err := syscall.Dup(int(o.line.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(held) }()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.end()
	}()
	if !waitFor(ended, 10*time.Second) {
		t.Fatal("end waits for whoever holds it")
	}
}
