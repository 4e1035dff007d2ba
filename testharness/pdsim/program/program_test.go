package program_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/program"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/server"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCommandLines(t *testing.T) {
	for name, tc := range map[string]struct {
		reason  string
		program program.Program
		args    []string
		code    int
		want    string // in what is written
	}{
		"Help":          {"Help is no error.", server.New(), []string{"--help"}, 0, "-disconnect-after"},
		"StoreHelp":     {"Nor for a store.", store.New(), []string{"-h"}, 0, "-latency"},
		"UnknownFlag":   {"A typing error is told.", server.New(), []string{"--nope"}, 2, "-nope"},
		"Argument":      {"There are none.", server.New(), []string{"x"}, 2, `"x" is not a flag`},
		"NoRegions":     {"A cluster has some.", server.New(), []string{"--bootstrap=0"}, 2, "regions: want 1"},
		"NoTime":        {"Nothing is instantaneous.", server.New(), []string{"--operator-delay=0s"}, 2, "operator delay"},
		"StoreNoID":     {"A store has a number.", store.New(), nil, 2, "--id is missing"},
		"StoreLatency":  {"A duration is one.", store.New(), []string{"--id=1", "--latency=fast"}, 2, "invalid duration"},
		"StoreTooSlow":  {"And has bounds.", store.New(), []string{"--id=1", "--latency=-1s"}, 2, "latency: want"},
		"StorePD":       {"PD has a URL.", store.New(), []string{"--id=1", "--pd=localhost"}, 2, "--pd: want http://"},
		"AddressInUse":  {"It may be taken.", server.New(), []string{"--listen=256.0.0.1:1"}, 1, "--listen"},
		"UnreadableOld": {"What is there is not thrown away.", server.New(), []string{"--data-file=" + t.TempDir()}, 1, "--data-file"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			code := program.Main("simulation", tc.args, &out, &out, tc.program)
			if code != tc.code || !strings.Contains(out.String(), tc.want) {
				t.Errorf("%s\ncode = %d, want %d; output, want %q in it:\n%s", tc.reason, code, tc.code, tc.want, &out)
			}
		})
	}
}

func TestServeEndsEverything(t *testing.T) {
	listener, err := program.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	worked := false
	ended := make(chan error, 1)
	go func() {
		ended <- program.Serve(ctx, listener, http.NotFoundHandler(), slog.New(slog.DiscardHandler), func(ctx context.Context) {
			<-ctx.Done()
			worked = true
		})
	}()
	// One that says nothing must not hold up the end.
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	cancel()
	select {
	case err := <-ended:
		if err != nil || !worked {
			t.Errorf("Serve = %v, worked = %t", err, worked)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Serve does not end")
	}
}

func TestServeFails(t *testing.T) {
	listener, err := program.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close() // it is to fail
	err = program.Serve(t.Context(), listener, http.NotFoundHandler(), slog.New(slog.DiscardHandler), func(ctx context.Context) { <-ctx.Done() })
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v", err)
	}
}
