package redis_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

// TestMain fails the run if a goroutine is left over, or if go-redis printed
// anything: its logger writes to the stderr of whoever embeds this package. Benchmarks start
// the binary again to be other processes.
func TestMain(m *testing.M) {
	if child() {
		return
	}
	var printed lines
	goredis.SetLogger(&printed)
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if all := printed.all(); code == 0 && len(all) > 0 {
			fmt.Fprintf(os.Stderr, "go-redis logged %d lines, the first: %s\n", len(all), all[0])
			code = 1
		}
		os.Exit(code)
	}))
}

type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Printf(_ context.Context, format string, args ...any) {
	if strings.HasPrefix(format, "Conn has unread data") {
		return // of a server that answers what nobody has asked, as FuzzReplies has it
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, fmt.Sprintf(format, args...))
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text
}
