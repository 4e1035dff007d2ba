//go:build unix

package plugin_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	subjectv1 "github.com/operator-ratelimiter/operator-ratelimiter/plugin/proto/subject/v1"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// BenchmarkUnary compares an observation through the boundary with the same
// message over plain gRPC, all between two processes over a unix socket, and
// each in turn, in another order each time, so that what else the machine does
// falls on all alike. Between two calls is a pause, as there is between the
// observations of a subject: gRPC measures its connections with pings after it
// has answered, which would be charged to whoever comes next. The ways:
//
//   - raw: gRPC for Go, without TLS, answering what it has made before;
//   - server: that client, and a plugin's server: what the plugin's side adds;
//   - plain: the boundary without mutual TLS: what the host's side adds, of
//     which the check of the answer is most;
//   - plugin: the boundary as it is.
//
// It reports the medians, and those of the others over raw's.
func BenchmarkUnary(b *testing.B) {
	for _, observe := range []string{"bench_empty", "bench"} {
		b.Run(observe, func(b *testing.B) {
			ways := []struct {
				name string
				call func(context.Context) error
			}{
				{"raw", rawObserve(raw(b, observe))},
				{"server", rawObserve(served(b, observe))},
				{"plain", observer(b, observe, true)},
				{"plugin", observer(b, observe, false)},
			}
			took := make([][]time.Duration, len(ways))
			for b.Loop() {
				for _, i := range rand.Perm(len(ways)) {
					way := ways[i]
					time.Sleep(benchPause)
					began := time.Now()
					if err := way.call(b.Context()); err != nil {
						b.Fatalf("%s: %v", way.name, err)
					}
					took[i] = append(took[i], time.Since(began))
				}
			}
			medians := make([]float64, len(ways))
			for i, way := range ways {
				medians[i] = float64(median(took[i]))
				b.ReportMetric(medians[i], way.name+"-p50-ns")
			}
			b.ReportMetric(medians[1]/medians[0], "server-ratio")
			b.ReportMetric(medians[2]/medians[0], "plain-ratio")
			b.ReportMetric(medians[3]/medians[0], "ratio")
			b.ReportMetric(0, "ns/op") // all of them together mean nothing
		})
	}
}

// benchPause is how long a call has to finish what its caller does not wait for.
const benchPause = time.Millisecond

// median is the median of durations, which it sorts.
func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// observer loads a plugin and returns an observation of its subject.
func observer(b *testing.B, observe string, plain bool) func(context.Context) error {
	b.Helper()
	opts := pluginOptions()
	opts.DisableMTLS = plain
	subject, p, err := plugin.Load(b.Context(), opts, fakeConfig{Observe: observe}.json())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := p.Close(); err != nil {
			b.Error(err)
		}
	})
	return func(ctx context.Context) error {
		_, err := subject.Observe(ctx)
		return err
	}
}

func rawObserve(service subjectv1.SubjectServiceClient) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := service.Observe(ctx, &subjectv1.ObserveRequest{})
		return err
	}
}

// raw starts a raw server and connects to it.
func raw(b *testing.B, observe string) subjectv1.SubjectServiceClient {
	b.Helper()
	socket := filepath.Join(b.TempDir(), "socket")
	begin(b, modeVariable+"=raw", rawSocket+"="+socket, rawAnswer+"="+observe)
	return connect(b, socket)
}

// served starts a plugin as go-plugin does, without mutual TLS, and connects to
// it as to any server.
func served(b *testing.B, observe string) subjectv1.SubjectServiceClient {
	b.Helper()
	line := begin(b, modeVariable+"=plugin", plugin.Cookie(), "PLUGIN_UNIX_SOCKET_DIR="+b.TempDir(), "PLUGIN_PROTOCOL_VERSIONS=1")
	parts := strings.Split(line, "|")
	if len(parts) < 5 {
		b.Fatalf("no handshake: %q", line)
	}
	service := connect(b, parts[3])
	if _, err := service.Configure(b.Context(), &subjectv1.ConfigureRequest{Config: fakeConfig{Observe: observe}.json()}); err != nil {
		b.Fatal(err)
	}
	return service
}

// begin starts this binary, which ends with the benchmark, and returns the first
// line that it prints.
func begin(b *testing.B, env ...string) string {
	b.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		b.Fatal("the server is not ready")
	}
	return lines.Text()
}

func connect(b *testing.B, socket string) subjectv1.SubjectServiceClient {
	b.Helper()
	conn, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	return subjectv1.NewSubjectServiceClient(conn)
}

// benchEmpty is the smallest observation.
func benchEmpty() protocol.Observation { return protocol.Observation{Time: fakeTime} }

// benchAnswers are what is observed, by the name of the observer.
var benchAnswers = map[string]func() protocol.Observation{"bench": benchObservation, "bench_empty": benchEmpty}

// benchAnswer is what a raw server is to answer.
func benchAnswer() (protocol.Observation, error) {
	name := os.Getenv(rawAnswer)
	answer, ok := benchAnswers[name]
	if !ok {
		return protocol.Observation{}, fmt.Errorf("there is no observation %q", name)
	}
	return answer(), nil
}
