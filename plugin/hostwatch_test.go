package plugin

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc/stats"
)

func TestHostWatch(t *testing.T) {
	t.Parallel()
	type event struct {
		after time.Duration
		conn  stats.ConnStats // nil: just look
	}
	begin, end := &stats.ConnBegin{}, &stats.ConnEnd{}
	tests := map[string]struct {
		reason string
		events []event
		want   bool // stopped
	}{
		"NobodyCame":  {"A host that never connects is gone.", []event{{firstConnection, nil}}, true},
		"NotYet":      {"It has its time.", []event{{firstConnection - time.Second, nil}}, false},
		"Connected":   {"A connected host may be silent for as long as it likes.", []event{{0, begin}, {24 * time.Hour, nil}}, false},
		"Gone":        {"A host whose connection ended is gone.", []event{{0, begin}, {time.Hour, end}, {nextConnection, nil}}, true},
		"Back":        {"Unless it comes back.", []event{{0, begin}, {time.Hour, end}, {nextConnection / 2, begin}, {time.Hour, nil}}, false},
		"OneOfTwo":    {"One connection is enough.", []event{{0, begin}, {0, begin}, {time.Hour, end}, {time.Hour, nil}}, false},
		"BothOfTwo":   {"None is not.", []event{{0, begin}, {0, begin}, {time.Hour, end}, {time.Hour, end}, {nextConnection, nil}}, true},
		"JustInTime":  {"At the very last moment.", []event{{firstConnection - 1, begin}, {time.Hour, nil}}, false},
		"GoneAndLeft": {"It is told once.", []event{{0, begin}, {0, end}, {time.Hour, nil}, {time.Hour, nil}}, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				stopped := 0
				w := newHostWatch()
				w.begin(func() { stopped++ })
				for _, e := range tc.events {
					time.Sleep(e.after)
					synctest.Wait()
					if e.conn != nil {
						w.HandleConn(context.Background(), e.conn)
					}
				}
				w.timer.Stop()
				want := 0
				if tc.want {
					want = 1
				}
				if stopped != want {
					t.Errorf("%s: stopped %d times, want %d", tc.reason, stopped, want)
				}
			})
		})
	}
}

// The directory of the socket is the host's to remove, unless it is gone.
func TestHostWatchRemovesTheDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sockets")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv(goplugin.EnvUnixSocketDir, dir)
	for _, orphaned := range []bool{false, true} {
		w := newHostWatch()
		w.begin(func() {})
		w.orphaned = orphaned
		w.end()
		if _, err := os.Stat(dir); os.IsNotExist(err) != orphaned {
			t.Errorf("orphaned %t: %v", orphaned, err)
		}
	}
}
