package prometheus

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// tokenServer is an OAuth2 token endpoint.
func tokenServer(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func TestOAuth2(t *testing.T) {
	var tokens atomic.Int32
	tokenURL := tokenServer(t, func(w http.ResponseWriter, r *http.Request) {
		tokens.Add(1)
		if id, secret, _ := r.BasicAuth(); id != "id" || secret != "s3cret" {
			t.Errorf("got %s:%s", id, secret)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"access_token":"tok","token_type":"Bearer","expires_in":3600}`))
	})
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer tok" {
			t.Errorf("authorised by %q", got)
		}
		answering(200, vectorOf(""))(w, r)
	})
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]*promconfig.OAuth2{
		"Inline": {ClientID: "id", ClientSecret: "s3cret", TokenURL: tokenURL},
		"File":   {ClientID: "id", ClientSecretFile: file, TokenURL: tokenURL},
	} {
		t.Run(name, func(t *testing.T) {
			tokens.Store(0)
			c := newClient(t, Options{URL: f.URL, HTTPClientConfig: promconfig.HTTPClientConfig{OAuth2: cfg}})
			for range 3 {
				if _, err := c.Query(t.Context(), "up"); err != nil {
					t.Error(err)
				}
			}
			if n := tokens.Load(); n != 1 {
				t.Errorf("%d tokens were fetched", n)
			}
		})
	}
}

// TestOAuth2Hang has a token endpoint that never answers, which the library
// waits for without regard to the caller's deadline.
func TestOAuth2Hang(t *testing.T) {
	var asked atomic.Int32
	tokenURL := tokenServer(t, func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_ = r.ParseForm()
		<-r.Context().Done()
	})
	c := newClient(t, Options{
		URL:              "http://127.0.0.1:1",
		Timeout:          time.Hour,
		HTTPClientConfig: promconfig.HTTPClientConfig{OAuth2: &promconfig.OAuth2{ClientID: "id", ClientSecret: "s", TokenURL: tokenURL}},
	})
	start := time.Now()
	var wg sync.WaitGroup
	for range 3 * maxTokenCalls {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if _, err := c.Query(ctx, "up"); failure.ClassOf(err) != failure.Timeout {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if time.Since(start) > soon {
		t.Errorf("deadlines of 200ms were kept after %s", time.Since(start))
	}
	if n := asked.Load(); n == 0 || n > maxTokenCalls {
		t.Errorf("%d token requests", n)
	}
	c.Close()
	if time.Since(start) > 2*soon {
		t.Errorf("Close took until %s", time.Since(start))
	}
	if _, err := c.Query(t.Context(), "up"); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: got %v", err)
	}
}

// TestOAuth2TokenConnectionEnds does not let a hanging token request outlive
// the client's timeout, so that a recovered endpoint is asked again.
func TestOAuth2TokenConnectionEnds(t *testing.T) {
	hung := make(chan struct{})
	var once sync.Once // net/http may try a connection that broke again
	tokenURL := tokenServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		<-r.Context().Done()
		once.Do(func() { close(hung) })
	})
	c := newClient(t, Options{
		URL:              "http://127.0.0.1:1",
		Timeout:          100 * time.Millisecond,
		HTTPClientConfig: promconfig.HTTPClientConfig{OAuth2: &promconfig.OAuth2{ClientID: "id", ClientSecret: "s", TokenURL: tokenURL}},
	})
	if _, err := c.Query(t.Context(), "up"); err == nil {
		t.Error("no error")
	}
	select {
	case <-hung:
	case <-time.After(soon):
		t.Error("the token request still runs")
	}
}

func TestOAuth2Refused(t *testing.T) {
	tokenURL := tokenServer(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
	})
	down, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ reason, url, want string }{
		"Refused": {reason: "what the endpoint said", url: tokenURL, want: "invalid_client"},
		"Down":    {reason: "what failed", url: "http://" + down + "/?token=s3cret", want: "fetching an OAuth2 token"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, Options{URL: "http://127.0.0.1:1", HTTPClientConfig: promconfig.HTTPClientConfig{
				OAuth2: &promconfig.OAuth2{ClientID: "id", ClientSecret: "s3cret", TokenURL: tc.url},
			}})
			_, err := c.Query(t.Context(), "up")
			if failure.ClassOf(err) != failure.Unreachable || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: got %v", tc.reason, err)
			}
		})
	}
}

// TestAbandonedCallsAreBounded counts the calls that go on without a caller.
func TestAbandonedCallsAreBounded(t *testing.T) {
	stuck := &stuckTransport{release: make(chan struct{})}
	transport := newTokenTransport(&promconfig.OAuth2{}, nil, time.Hour)
	transport.fresh = func() http.RoundTripper { return stuck }
	c := newClient(t, Options{URL: "http://127.0.0.1:1", Timeout: 100 * time.Millisecond, Transport: transport})
	var wg sync.WaitGroup
	for range 3 * maxTokenCalls {
		wg.Go(func() {
			if _, err := c.Query(t.Context(), "up"); failure.ClassOf(err) != failure.Timeout {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if n := stuck.entered.Load(); n != maxTokenCalls {
		t.Errorf("%d calls went on, want %d", n, maxTokenCalls)
	}
	close(stuck.release)
	transport.close()
	if n := stuck.closed.Load(); n != maxTokenCalls {
		t.Errorf("%d late answers were closed, want %d", n, maxTokenCalls)
	}
}

// stuckTransport answers when it is released, whatever the request's context.
type stuckTransport struct {
	entered, closed atomic.Int32
	release         chan struct{}
}

func (s *stuckTransport) RoundTrip(*http.Request) (*http.Response, error) {
	s.entered.Add(1)
	<-s.release
	return &http.Response{StatusCode: http.StatusOK, Body: s}, nil
}

func (s *stuckTransport) Read([]byte) (int, error) { return 0, io.EOF }

func (s *stuckTransport) Close() error {
	s.closed.Add(1)
	return nil
}
