package wait_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/wait"
)

func TestForReturnsAsSoonAsTheConditionIsMet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		asked := 0
		err := wait.For(t.Context(), "the third look", func() (bool, error) {
			asked++
			return asked == 3, nil
		})
		if err != nil || asked != 3 {
			t.Fatalf("For = %v after %d looks, want nil after 3", err, asked)
		}
		if took := time.Since(begin); took != 2*wait.Interval {
			t.Errorf("took %s, want two intervals", took)
		}
	})
}

func TestForLooksBeforeItWaits(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := wait.For(ctx, "nothing", func() (bool, error) { return true, nil }); err != nil {
		t.Errorf("For = %v, want nil: the condition was met already", err)
	}
}

func TestForGivesUp(t *testing.T) {
	refused := errors.New("connection refused")
	cases := map[string]struct {
		reason  string
		timeout time.Duration // 0: no deadline
		last    error
		want    []string
		waited  time.Duration
	}{
		"AtTheDeadline": {
			reason:  "The error names what was waited for, for how long, and the last answer.",
			timeout: 3 * time.Second, last: refused, waited: 3 * time.Second,
			want: []string{"waiting for the node", "3s", "context deadline exceeded", "connection refused"},
		},
		"WithoutADeadline": {
			reason: "Nothing waits forever.",
			waited: wait.Bound,
			want:   []string{"waiting for the node", "30s"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.timeout)
					defer cancel()
				}
				err := wait.For(ctx, "the node", func() (bool, error) { return false, tc.last })
				failed, ok := errors.AsType[*wait.Error](err)
				if !ok {
					t.Fatalf("%s\nFor = %v, want *wait.Error", tc.reason, err)
				}
				if failed.Waited != tc.waited {
					t.Errorf("%s\nwaited %s, want %s", tc.reason, failed.Waited, tc.waited)
				}
				if !errors.Is(err, context.DeadlineExceeded) || (tc.last != nil && !errors.Is(err, tc.last)) {
					t.Errorf("%s\n%v does not unwrap to its causes", tc.reason, err)
				}
				for _, want := range tc.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%s\nerror %q does not contain %q", tc.reason, err, want)
					}
				}
			})
		})
	}
}

func TestAnErrorIsNotYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		err := wait.For(t.Context(), "the server", func() (bool, error) {
			asked++
			if asked < 5 {
				return true, errors.New("starting")
			}
			return true, nil
		})
		if err != nil || asked != 5 {
			t.Errorf("For = %v after %d looks, want nil after 5", err, asked)
		}
	})
}
