//go:build unix

package examples_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

func params(t *testing.T, name string, value any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// load loads the plugin and closes it when the test is over.
func load(t *testing.T, config json.RawMessage) protocol.Subject {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	subject, p, err := plugin.Load(ctx, buildPython(t), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return subject
}

// verdicts are an observation's, without what changes from one to the next.
type verdicts struct{ Broken, Unknown []string }

func observe(t *testing.T, subject protocol.Subject) verdicts {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	o, err := subject.Observe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var v verdicts
	for _, b := range o.Violations {
		v.Broken = append(v.Broken, strings.TrimSpace(b.Invariant+" "+b.Entity))
	}
	for _, u := range o.Unchecked {
		v.Unknown = append(v.Unknown, strings.TrimSpace(u.Invariant+" "+u.Entity)+" by "+u.Source)
	}
	return v
}

func TestPythonJudges(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason  string
		prepare func(t *testing.T, s spool)
		want    verdicts
	}{
		"Full": {
			"Three files wait where two may, one for long, and one has failed.",
			nil,
			verdicts{Broken: []string{"too_many_files", "file_too_old old", "file_failed other"}},
		},
		"Names": {
			"A name that is no text is an entity all the same, and no other file's.",
			func(t *testing.T, s spool) {
				t.Helper()
				must(t, s.fail(t.Context()))
				must(t, os.Remove(filepath.Join(string(s), "failed/other")))
			},
			verdicts{Broken: []string{"too_many_files", "file_too_old old", "file_failed " + oddText}},
		},
		"Lock": {
			"The lock of a process that is gone is stale at once.",
			func(t *testing.T, s spool) { t.Helper(); must(t, s.lock(t.Context())) },
			verdicts{Broken: []string{"lock_stale", "too_many_files", "file_too_old old", "file_failed other"}},
		},
		"Held": {
			"The lock of a process that lives is not.",
			func(t *testing.T, s spool) {
				t.Helper()
				must(t, os.WriteFile(filepath.Join(string(s), "lock"), []byte(strconv.Itoa(os.Getpid())), 0o600))
			},
			verdicts{Broken: []string{"too_many_files", "file_too_old old", "file_failed other"}},
		},
		"Missing": {
			"Of a spool that is not there nothing is known but that.",
			func(t *testing.T, s spool) { t.Helper(); must(t, os.RemoveAll(string(s))) },
			verdicts{
				Broken:  []string{"spool_unreadable incoming", "spool_unreadable failed"},
				Unknown: []string{"lock_stale by lock", "too_many_files by incoming", "file_too_old by incoming", "file_failed by failed"},
			},
		},
		"Half": {
			"What can be read is judged, though the rest cannot.",
			func(t *testing.T, s spool) {
				t.Helper()
				must(t, os.RemoveAll(filepath.Join(string(s), "incoming")))
				must(t, os.WriteFile(filepath.Join(string(s), "incoming"), nil, 0o600))
			},
			verdicts{
				Broken:  []string{"spool_unreadable incoming", "file_failed other"},
				Unknown: []string{"too_many_files by incoming", "file_too_old by incoming"},
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSpool(t)
			if tc.prepare != nil {
				tc.prepare(t, s)
			}
			subject := load(t, s.config())
			got := observe(t, subject)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A lock of another process than the one that was approved is left alone, and
// so is a file whose place is taken.
func TestPythonActsOnWhatWasMeant(t *testing.T) {
	t.Parallel()
	s := newSpool(t)
	must(t, s.lock(t.Context()))
	must(t, s.write("incoming/other"))
	subject := load(t, s.config())
	before, err := s.list(t.Context())
	must(t, err)
	for _, tc := range []struct {
		action protocol.Action
		code   protocol.Code
	}{
		{protocol.Action{Name: "remove_lock", ID: "1", Params: params(t, "pid", 1)}, protocol.FailedPrecondition},
		{protocol.Action{Name: "retry_file", ID: "2", Params: params(t, "file", "other")}, protocol.AlreadyExists},
		{protocol.Action{Name: "retry_file", ID: "3", Params: params(t, "file", "nothing")}, protocol.NotFound},
		{protocol.Action{Name: "retry_file", ID: "4", Params: params(t, "file", "../lock")}, protocol.InvalidArgument},
		{protocol.Action{Name: "retry_file", ID: "5", Params: params(t, "file", "a%2Fb")}, protocol.InvalidArgument},
		{protocol.Action{Name: "retry_file", ID: "6", Params: params(t, "file", "%6Fther")}, protocol.InvalidArgument},
	} {
		_, err := subject.Act(t.Context(), tc.action)
		if protocol.CodeOf(err) != tc.code || protocol.EffectOf(err) != protocol.EffectNone {
			t.Errorf("%s %s: want %s and nothing changed, got %v (%s)", tc.action.Name, tc.action.Params, tc.code, err, protocol.EffectOf(err))
		}
	}
	after, err := s.list(t.Context())
	must(t, err)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the spool was changed:\n%s", diff)
	}
}

// A host that wants TLS is told what to write where, by the plugin itself.
func TestPythonSaysThatItDoesNoTLS(t *testing.T) {
	t.Parallel()
	opts := buildPython(t)
	opts.DisableMTLS = false
	p, err := plugin.Launch(t.Context(), opts)
	if err == nil {
		_ = p.Close()
		t.Fatal("no error")
	}
	if !strings.Contains(err.Error(), "mtls: false") {
		t.Errorf("the error does not say what to do: %v", err)
	}
}
