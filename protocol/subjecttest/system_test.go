package subjecttest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// tallies is a system as small as one can be that is there: an HTTP server of
// numbers by name.
type tallies struct {
	url  string
	over chan struct{} // closed when the test is over
	late bool          // whether it makes a change only after it was probed once more

	mu     sync.Mutex
	counts map[string]int
	writes int
	due    []func() // the changes that were accepted and not made
}

// initial are the tallies as Before has them.
var initial = map[string]int{"apples": 12, "pears": 15, "plums": 0, "figs": 3}

func startTallies(t testing.TB) *tallies {
	t.Helper()
	s := &tallies{over: make(chan struct{})}
	_ = s.reset(t.Context())
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(s.over) })
	s.url = server.URL
	return s
}

// reset brings the system into the state that it begins in.
func (s *tallies) reset(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts, s.writes = maps.Clone(initial), 0
	s.due = nil
	return nil
}

// probe reads the system, how often it was written to included.
func (s *tallies) probe(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := fmt.Sprint(s.counts, s.writes)
	for _, change := range s.due {
		change()
	}
	s.due = nil
	return seen, nil
}

func (s *tallies) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodPost {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil {
			http.Error(w, "n is no number", http.StatusBadRequest)
			return
		}
		s.write(r.FormValue("name"), n)
	}
	_ = json.NewEncoder(w).Encode(s.counts)
}

// write makes a change, or has it be made.
func (s *tallies) write(name string, n int) {
	change := func() {
		s.counts[name] = n
		s.writes++
	}
	if s.late {
		s.due = append(s.due, change)
		return
	}
	change()
}

// hold waits far longer than any check does, and not longer than the test.
func (s *tallies) hold() {
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.over:
	}
}

// nobody returns a URL at which nobody listens.
func nobody(t testing.TB) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	return server.URL
}

// silent returns a URL at which connections are accepted and nothing is ever
// said.
func silent(t testing.TB) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		var conns []net.Conn
		for {
			conn, err := listener.Accept()
			if err != nil {
				break
			}
			conns = append(conns, conn)
		}
		for _, conn := range conns {
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	return "http://" + listener.Addr().String()
}

// token is a secret that the configurations have.
const token = "tally-token-0123456789"

func tallyConfig(url string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"url": %q, "token": %q, "timeout_ms": 30000, "names": ["apples"], "limits": {"high": 10}}`, strings.TrimSpace(url), token))
}
