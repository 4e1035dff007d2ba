package soak

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"
)

// until calls a function when a text has been written.
type until struct {
	text string
	then func()

	mu   sync.Mutex
	said strings.Builder
}

func (u *until) Write(b []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.said.Write(b)
	if strings.Contains(u.said.String(), u.text) {
		u.then()
	}
	return len(b), nil
}

// A soak of real parts that is interrupted tells what there was until then, and
// leaves nothing behind: processes would keep their goroutines here.
func TestRunIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := &until{text: "from now on", then: func() { time.AfterFunc(5*time.Second, cancel) }}
	r, err := Run(ctx, Options{For: time.Hour, Every: 500 * time.Millisecond, Interval: 200 * time.Millisecond, Log: begun})
	if err != nil {
		t.Fatalf("%v\n%s", err, &begun.said)
	}
	if r.Seconds <= 0 || r.Seconds >= 600 || r.Planned != 3600 || r.Observations == 0 || r.Checks == 0 || len(r.Samples) == 0 {
		t.Errorf("%+v", r.Summary)
	}
	gone(t, r.Samples[len(r.Samples)-1])
}

// What cannot be started is an error, and no record.
func TestRunThatCannotStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Run(ctx, Options{For: time.Second}); err == nil || r != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestLimitFor(t *testing.T) {
	for rate, want := range map[float64]int{1: 100, 250: 375, 1000: 1500} {
		if got := limitFor(rate); got != want {
			t.Errorf("%v checks per second: a limit of %d, want %d", rate, got, want)
		}
	}
}
