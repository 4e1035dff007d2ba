//go:build unix

package plugin_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
)

// BenchmarkObserve compares an observation through the boundary with the same
// message over plain gRPC, both between two processes over a unix socket.
func BenchmarkObserve(b *testing.B) {
	b.Run("plugin", func(b *testing.B) {
		subject, p, err := plugin.Load(b.Context(), pluginOptions(), fakeConfig{Observe: "bench"}.json())
		if err != nil {
			b.Fatal(err)
		}
		defer func() {
			if err := p.Close(); err != nil {
				b.Error(err)
			}
		}()
		b.ReportAllocs()
		for b.Loop() {
			if _, err := subject.Observe(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("raw", func(b *testing.B) {
		service := raw(b)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := service.Observe(b.Context(), &subjectv1.ObserveRequest{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLaunch starts a plugin up to its definition, and ends it.
func BenchmarkLaunch(b *testing.B) {
	for b.Loop() {
		p, err := plugin.Launch(b.Context(), pluginOptions())
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// raw starts a raw server and connects to it.
func raw(b *testing.B) subjectv1.SubjectServiceClient {
	b.Helper()
	socket := filepath.Join(b.TempDir(), "socket")
	ctx, cancel := context.WithCancel(b.Context())
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), modeVariable+"=raw", rawSocket+"="+socket)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	if !bufio.NewScanner(stdout).Scan() {
		b.Fatal("the raw server is not ready")
	}
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return subjectv1.NewSubjectServiceClient(conn)
}
