//go:build unix

package plugin

import (
	"os"
	"testing"
)

func TestHungUp(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if hungUp(r) {
		t.Error("somebody holds the other end")
	}
	if _, err := w.WriteString("words"); err != nil {
		t.Fatal(err)
	}
	if hungUp(r) {
		t.Error("and still does, having written")
	}
	_ = w.Close()
	if !hungUp(r) {
		t.Error("nobody does, though there is something left to read")
	}
}
