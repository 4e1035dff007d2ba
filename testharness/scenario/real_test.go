//go:build unix

package scenario_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems/ratelimiter"
)

// binaries are the programs that real runs need, built once for all tests.
var binaries struct {
	once sync.Once
	dir  string
	err  error
}

var nodes cluster.Build

const module = "github.com/operator-ratelimiter/operator-ratelimiter/"

func built(t *testing.T) string {
	t.Helper()
	binaries.once.Do(func() {
		if binaries.dir, binaries.err = os.MkdirTemp("", "scenario-test-"); binaries.err != nil { //nolint:usetesting // for all tests, until the last one is over
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "go", "build", "-o", binaries.dir, module+"cmd/operator", module+"cmd/operator-subject-ratelimiter")
		if out, err := cmd.CombinedOutput(); err != nil {
			binaries.err = protocol.Errorf(protocol.Internal, "go build: %w: %s", err, out)
		}
	})
	if binaries.err != nil {
		t.Fatal(binaries.err)
	}
	return binaries.dir
}

// limiter are options for the rate limiter.
func limiter(t *testing.T) scenario.Options {
	t.Helper()
	dir := built(t)
	node, err := nodes.Node(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return scenario.Options{
		Systems:      []stack.System{ratelimiter.System(ratelimiter.Options{NodeBinary: node})},
		PluginPath:   func(name string) (string, error) { return filepath.Join(dir, name), nil },
		OperatorPath: filepath.Join(dir, "operator"),
		EvidenceDir:  t.ArtifactDir(),
		KeepEvidence: true,
		Shared:       true, // with whatever else is tested
	}
}

func parse(t *testing.T, o scenario.Options, text string) scenario.Scenario {
	t.Helper()
	sc, err := scenario.Parse("test.yaml", []byte(text), o.Systems)
	if err != nil {
		t.Fatal(err)
	}
	return sc
}

func passes(t *testing.T, sc scenario.Scenario, o scenario.Options) {
	t.Helper()
	result, err := scenario.Run(t.Context(), sc, o)
	if err != nil {
		t.Fatal(err)
	}
	if result.Verdict != scenario.Passed {
		t.Errorf("%s over %s: %s: %s", sc.Name, o.Transport, result.Verdict, result.Error)
		for _, f := range result.Failures {
			t.Errorf("step %d, %s: %s", f.Step, f.What, f.Message)
		}
		for _, f := range result.Findings {
			t.Errorf("rule %s at %s: %s", f.Rule, f.At.Sub(result.Began), f.Message)
		}
		timeline, _ := os.ReadFile(filepath.Join(result.Evidence, "timeline.txt"))
		t.Logf("%s", timeline)
	}
	for _, f := range result.Faults {
		t.Logf("%s over %s: %s: detect %v, resolve %v; the run took %s", sc.Name, o.Transport, f.Name, f.Detect, f.Resolve, result.Took)
	}
}

func TestOneScenarioOverEachTransport(t *testing.T) {
	o := limiter(t)
	sc := parse(t, o, `
scenario: redis_hung
summary: Redis takes connections and answers nobody.
system: ratelimiter
steps:
  - fault: {kind: hang, on: redis}
    expect:
      broken: [redis_disconnected]
      unknown: [over_limit, stale_counter]
      held: [metrics_unavailable]
      for: 1s
      sources: {redis/ping: timeout}
      state: {/redis_connected: false}
  - heal: hang
    expect: {held: "*"}
`)
	for _, transport := range scenario.Transports() {
		t.Run(string(transport), func(t *testing.T) {
			o := o
			o.Transport = transport
			passes(t, sc, o)
		})
	}
}

func TestThePluginAndTheHostAreHurt(t *testing.T) {
	o := limiter(t)
	o.Transport = scenario.Binary
	passes(t, parse(t, o, `
scenario: plugin_and_host
summary: The plugin is killed and hangs, and so is the host.
system: ratelimiter
topology: {nodes: 1}
host: true
timeout: 2s
transports: [binary]
steps:
  - fault: {kind: kill, on: plugin}
  - heal: kill
    expect: {held: "*"}
  - fault: {kind: hang, on: plugin}
    expect: {unknown: "*"}
  - heal: hang
    expect: {held: "*"}
  - fault: {kind: kill, on: host}
  - heal: kill
  - fault: {kind: hang, on: redis}
    expect:
      broken: [redis_disconnected]
      host: [{type: firing, invariant: redis_disconnected}]
  - heal: hang
    expect:
      held: "*"
      host: [{type: resolved, invariant: redis_disconnected}]
`), o)
}

// cleanup removes what was built.
func cleanup(code int) int {
	if binaries.dir != "" {
		if err := os.RemoveAll(binaries.dir); err != nil {
			code = 1
		}
	}
	return nodes.Exit(code)
}
