//go:build unix

package servers_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/process"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/servers"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func program(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	inPath, named := program(t, "redis-server"), program(t, "my-redis")
	cases := map[string]struct {
		reason     string
		path       string
		variable   string
		want       string
		wantErrors []string
	}{
		"InPath":          {"Without the variable it is the one in PATH.", filepath.Dir(inPath), "", inPath, nil},
		"Named":           {"The variable comes first.", filepath.Dir(inPath), named, named, nil},
		"Nowhere":         {"The error says how to get one.", t.TempDir(), "", "", []string{"redis-server", "make setup", "REDIS_SERVER"}},
		"NamedAndMissing": {"Who names a server means that one: PATH is no substitute.", filepath.Dir(inPath), "/no/such", "", []string{`REDIS_SERVER="/no/such"`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", tc.path)
			t.Setenv("REDIS_SERVER", tc.variable)
			got, err := servers.Redis()
			if got != tc.want {
				t.Errorf("%s\nRedis() = %q, %v; want %q", tc.reason, got, err, tc.want)
			}
			if _, missing := errors.AsType[*servers.MissingError](err); missing != (tc.wantErrors != nil) {
				t.Errorf("%s\nerror = %v", tc.reason, err)
			}
			for _, want := range tc.wantErrors {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s\nerror %q does not contain %q", tc.reason, err, want)
				}
			}
		})
	}
}

func TestAddressIsFreeAndOutOfTheWay(t *testing.T) {
	for range 20 {
		address, err := servers.Address(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(address)
		if n, _ := strconv.Atoi(port); n < 20000 || n >= 32000 {
			t.Errorf("port %s may be taken by an outgoing connection", port)
		}
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
		if err != nil {
			t.Fatalf("%s is not free: %v", address, err)
		}
		_ = listener.Close()
	}
}

func TestStartTriesAnotherAddress(t *testing.T) {
	occupied, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = occupied.Close() }()
	binary, err := servers.Redis()
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	p, address, err := servers.Start(t.Context(), func(address string) process.Spec {
		tried++
		if tried == 1 {
			address = occupied.Addr().String()
		}
		_, port, _ := net.SplitHostPort(address)
		return process.Spec{
			Name: "redis", Path: binary, Dir: t.TempDir(), Args: []string{"--bind", "127.0.0.1", "--port", port, "--save", ""},
			Ready: func(ctx context.Context) error {
				if tried == 1 {
					return errors.New("somebody else answers")
				}
				conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
				if err == nil {
					_ = conn.Close()
				}
				return err
			},
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if tried != 2 || address == occupied.Addr().String() {
		t.Errorf("serves on %s after %d attempts, want the second", address, tried)
	}
}

func TestStartRedis(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cases := map[string]struct {
		reason string
		args   []string
		want   string // in the error
	}{
		"Plain":        {reason: "It serves."},
		"WithPassword": {reason: "One that refuses strangers serves too.", args: []string{"--requirepass", "secret"}},
		"BadArgument":  {reason: "Its own words say what is wrong.", args: []string{"--no-such-directive", "1"}, want: "no-such-directive"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, address, err := servers.StartRedis(ctx, t.TempDir(), tc.args...)
			if tc.want != "" {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Fatalf("%s\nerror = %v, want %q in it", tc.reason, err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			defer func() { _ = p.Close() }()
			if err := p.Restart(ctx); err != nil {
				t.Errorf("restart on %s: %v", address, err)
			}
		})
	}
}
