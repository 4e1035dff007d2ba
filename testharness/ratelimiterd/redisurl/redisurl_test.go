package redisurl_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/redisurl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestOpenRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		url    string
		want   string
	}{
		"NoURL":          {"What cannot be parsed is told without the password in it.", "redis://:secret@host:port", "invalid port"},
		"Control":        {"Nor does a parser's own error repeat it.", "redis://:secret@host/\x7f", "not a URL"},
		"OtherScheme":    {"The error says what is wanted.", "http://:secret@host:6379", "want redis://"},
		"BadDatabase":    {"A database is a number.", "redis://:secret@host:6379/main", "database"},
		"UnknownOption":  {"A misspelt option is not ignored.", "redis://:secret@host:6379/0?dbb=1", "dbb"},
		"SentinelOption": {"The same with a Sentinel.", "redis://:secret@host:26379/0?master_name=main&dbb=1", "dbb"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, err := redisurl.Open(tc.url, time.Second)
			if err == nil {
				_ = client.Close()
				t.Fatalf("%s\nOpen succeeded", tc.reason)
			}
			if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s\nerror = %q, want %q in it and no secret", tc.reason, err, tc.want)
			}
		})
	}
}

func TestOpenSentinelContactsNothing(t *testing.T) {
	client, err := redisurl.Open("redis://127.0.0.1:1?master_name=main&addr=127.0.0.1:2", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

// A server that accepts and never answers must not hold a caller.
func TestEveryCallIsBounded(t *testing.T) {
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	hung := redistest.New(t)
	if err := hung.Client.Ping(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if err := hung.Hang(); err != nil {
		t.Fatal(err)
	}
	const generous = 5 * time.Second
	cases := map[string]struct {
		reason  string
		url     string
		timeout time.Duration // of the client
		context time.Duration // of the call; 0 is none
	}{
		"SilentByContext": {"A context's deadline is respected.", "redis://" + silent.Addr().String(), time.Minute, 100 * time.Millisecond},
		"SilentByTimeout": {"The client's own timeout is too.", "redis://" + silent.Addr().String(), 100 * time.Millisecond, 0},
		"HungByContext":   {"The same with a Redis that was stopped.", hung.URL, time.Minute, 100 * time.Millisecond},
		"RefusedAtOnce":   {"Who refuses is not asked again and again.", "redis://127.0.0.1:1", time.Minute, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client := redistest.Client(t, tc.url, tc.timeout)
			ctx := t.Context()
			if tc.context > 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, tc.context)
				defer cancel()
			}
			begin := time.Now()
			err := client.Ping(ctx).Err()
			if took := time.Since(begin); err == nil || took > generous {
				t.Errorf("%s\nanswered %v after %s", tc.reason, err, took)
			}
			if tc.context > 0 && !errors.Is(err, context.DeadlineExceeded) {
				if ne, ok := errors.AsType[net.Error](err); !ok || !ne.Timeout() {
					t.Errorf("%s\nerror = %v, want a timeout", tc.reason, err)
				}
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	noPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noPEM, []byte("not a certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason  string
		url, ca string
		want    string
	}{
		"NotTLS":        {"Whom to trust is no question without TLS.", "redis://:secret@host:6379", "ca.pem", "rediss"},
		"NoFile":        {"The file has to be there.", "rediss://:secret@host:6379", "/no/such/file", "no such file"},
		"NoPEM":         {"It has to be what it should be.", "rediss://:secret@host:6379", noPEM, "no certificate"},
		"ClusterOption": {"A misspelt option is not ignored.", "redis://:secret@host:6379?cluster=true&dbb=1", "", "dbb"},
		"ClusterMaybe":  {"It is one or it is not.", "redis://:secret@host:6379?cluster=maybe", "", "want true"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, err := redisurl.New(tc.url, redisurl.Options{Timeout: time.Second, CAFile: tc.ca})
			if err == nil {
				_ = client.Close()
				t.Fatalf("%s\nNew succeeded", tc.reason)
			}
			if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s\nerror = %q, want %q in it and no secret", tc.reason, err, tc.want)
			}
		})
	}
	if _, err := redisurl.Open("redis://127.0.0.1:1?cluster=true", time.Second); !errors.Is(err, redisurl.ErrCluster) {
		t.Errorf("Open of a Cluster: %v", err)
	}
}
