package tikv

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/tikv"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

// simulation has the programs of the cluster.
var simulation tikvcluster.Build

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(simulation.Exit(code)) }))
}

// running starts a stack that ends with the test.
func running(t *testing.T) (stack.System, *Stack) {
	t.Helper()
	programs, err := simulation.Programs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	system := System(Options{Programs: programs})
	st, err := system.Start(t.Context(), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return system, st.(*Stack)
}

func healthy(t *testing.T, s *Stack) {
	t.Helper()
	if err := wait.For(t.Context(), "the stack to be healthy", func() (bool, error) {
		err := s.Healthy(t.Context())
		return err == nil, err
	}); err != nil {
		t.Fatal(err)
	}
}

// TestStack shows on one stack what it promises: it is well, the subject reads
// it through the links and nothing else, and each fault of its own can be had,
// noticed and healed.
func TestStack(t *testing.T) {
	system, s := running(t)
	if err := s.Load(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	healthy(t, s)
	layoutIsTold(t, s)

	def, err := tikv.Definition()
	if err != nil {
		t.Fatal(err)
	}
	subject, err := def.Open(t.Context(), s.Config())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := subject.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	}()
	before := read(s)
	o, err := subject.Observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range read(s) {
		if n <= before[name] {
			t.Errorf("the observation read nothing through %s", name)
		}
	}
	for _, inv := range def.Invariants {
		if s.Needs()[inv.Name] == nil {
			t.Errorf("nothing is said of what %s needs", inv.Name)
		}
	}
	if len(o.Violations) > 0 {
		t.Errorf("of a healthy cluster: %+v", o.Violations)
	}

	prints, err := s.Fingerprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, with := range map[string]string{
		"store_slow": `{"store":4}`, "store_full": `{"store":3}`, "store_removed": `{"store":2}`,
		"region_trouble": `{"trouble":"pending-peer"}`,
	} {
		f := newFault(t, system, s, stack.Spec{Kind: name, With: json.RawMessage(with)})
		if err := f.Inject(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := f.Impact().Breaks[0]
		if err := wait.For(t.Context(), f.Name()+" to be noticed", func() (bool, error) {
			o, err := subject.Observe(t.Context())
			return err == nil && want.Noticed(o), err
		}); err != nil {
			t.Error(err)
		}
		// Prometheus may still have to be told.
		if err := wait.For(t.Context(), f.Name()+" to be seen past the subject", func() (bool, error) {
			return s.Healthy(t.Context()) != nil, nil
		}); err != nil {
			t.Error(err)
		}
		for range 2 { // the second heals what is healed already
			if err := f.Heal(t.Context()); err != nil {
				t.Error(err)
			}
		}
		healthy(t, s)
	}
	after, err := s.Fingerprint(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(prints)), slices.Sorted(maps.Keys(after))); d != "" {
		t.Errorf("entities came or went:\n%s", d)
	}

	dir := t.TempDir()
	if err := s.WriteEvidence(t.Context(), dir); err != nil {
		t.Error(err)
	}
	for name := range documents {
		if body, err := os.ReadFile(dir + "/" + name); err != nil || !json.Valid(body) {
			t.Errorf("%s: %v, %d bytes that are no JSON", name, err, len(body))
		}
	}
}

// read is how much the operator's links have carried.
func read(s *Stack) map[string]int64 {
	return map[string]int64{s.pd.Name(): s.pd.Read(), s.prom.Name(): s.prom.Read()}
}

func newFault(t *testing.T, system stack.System, s *Stack, spec stack.Spec) fault.Fault {
	t.Helper()
	i := slices.IndexFunc(system.Kinds, func(k stack.Kind) bool { return k.Name == spec.Kind })
	if i < 0 {
		t.Fatalf("there is no kind %q", spec.Kind)
	}
	f, err := system.Kinds[i].New(s, spec.On, spec.With)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFaultsByName has every random fault made, and refuses what is not there.
func TestFaultsByName(t *testing.T) {
	system, s := running(t)
	for _, spec := range system.Random {
		f := newFault(t, system, s, spec)
		if err := f.Available(); err != nil {
			t.Errorf("%s: %v", f.Name(), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if err := f.Heal(ctx); err != nil {
			t.Errorf("%s cannot be healed before it is injected: %v", f.Name(), err)
		}
		cancel()
	}
	for name, c := range map[string]struct {
		reason string
		spec   stack.Spec
	}{
		"NoSuchStore":   {"There are four.", stack.Spec{Kind: "store_slow", With: json.RawMessage(`{"store":9}`)}},
		"NoDuration":    {"A number has no unit.", stack.Spec{Kind: "store_slow", With: json.RawMessage(`{"store":1,"latency":"3"}`)}},
		"NegativeDelay": {"Nobody is faster than at once.", stack.Spec{Kind: "store_slow", With: json.RawMessage(`{"store":1,"latency":"-1s"}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			i := slices.IndexFunc(system.Kinds, func(k stack.Kind) bool { return k.Name == c.spec.Kind })
			if _, err := system.Kinds[i].New(s, c.spec.On, c.spec.With); err == nil {
				t.Errorf("%s: no error", c.reason)
			}
		})
	}
}
