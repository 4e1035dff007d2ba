package plugin_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// Whatever a subject returns, a host sees the same through the boundary.
func TestBoundaryIsTransparent(t *testing.T) {
	t.Parallel()
	for _, observe := range []string{"", "empty", "count", "error", "foreign", "unheard of"} {
		t.Run("observe/"+observe, func(t *testing.T) {
			t.Parallel()
			here, there := openBoth(t, fakeConfig{Observe: observe})
			want, wantErr := here.Observe(t.Context())
			got, gotErr := there.Observe(t.Context())
			if diff := cmp.Diff(want, got, validText, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("observation (-in process +remote):\n%s", diff)
			}
			sameError(t, wantErr, gotErr)
		})
	}
	for _, action := range []string{"echo", "applied", "undeclared", "nonsense"} {
		t.Run("act/"+action, func(t *testing.T) {
			t.Parallel()
			here, there := openBoth(t, fakeConfig{})
			a := protocol.Action{Name: action, ID: "x", DryRun: true}
			want, wantErr := here.Act(t.Context(), a)
			got, gotErr := there.Act(t.Context(), a)
			if diff := cmp.Diff(want, got, validText, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("outcome (-in process +remote):\n%s", diff)
			}
			sameError(t, wantErr, gotErr)
		})
	}
	t.Run("open", func(t *testing.T) {
		t.Parallel()
		_, wantErr := fakeDefinition().Open(t.Context(), fakeConfig{Open: "fail"}.json())
		_, gotErr := plugin.InMemory(t, fakeDefinition()).Open(t.Context(), fakeConfig{Open: "fail"}.json())
		sameError(t, wantErr, gotErr)
	})
}

func openBoth(t *testing.T, config fakeConfig) (here, there protocol.Subject) {
	t.Helper()
	here, err := fakeDefinition().Open(t.Context(), config.json())
	if err != nil {
		t.Fatal(err)
	}
	there, err = plugin.InMemory(t, fakeDefinition()).Open(t.Context(), config.json())
	if err != nil {
		t.Fatal(err)
	}
	return here, there
}

// validText makes texts comparable of which one has crossed.
var validText = cmp.FilterValues(
	func(a, b string) bool {
		return a != strings.ToValidUTF8(a, "\uFFFD") || b != strings.ToValidUTF8(b, "\uFFFD")
	},
	cmp.Comparer(func(a, b string) bool { return strings.ToValidUTF8(a, "\uFFFD") == strings.ToValidUTF8(b, "\uFFFD") }),
)

// sameError compares what a caller can learn from two errors.
func sameError(t *testing.T, here, there error) {
	t.Helper()
	type learnt struct {
		Text               string
		Code               protocol.Code
		Effect             protocol.Effect
		Retryable          bool
		Fields             []protocol.FieldError
		Canceled, Deadline bool
	}
	learn := func(err error) (l learnt) {
		if err == nil {
			return l
		}
		l = learnt{
			Text: err.Error(), Code: protocol.CodeOf(err), Effect: protocol.EffectOf(err),
			Canceled: errors.Is(err, context.Canceled), Deadline: errors.Is(err, context.DeadlineExceeded),
		}
		if e, ok := errors.AsType[*protocol.Error](err); ok {
			l.Retryable, l.Fields = e.Retryable, e.Fields
		}
		return l
	}
	if diff := cmp.Diff(learn(here), learn(there), validText); diff != "" {
		t.Errorf("error (-in process +remote):\n%s", diff)
	}
}
