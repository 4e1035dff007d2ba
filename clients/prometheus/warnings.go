package prometheus

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// MaxWarnings is the number of warnings, and of infos, that are kept of one
// answer. Where there were more, one last line says how many.
const MaxWarnings = 10

// infoPrefix marks, in the servers before infos had a field of their own, the
// warnings that are merely informative.
const infoPrefix = "PromQL info:"

// Warnings collects what servers warned of while answering. The zero value is
// ready; it is safe for concurrent use. It keeps [MaxWarnings] different lines.
type Warnings struct {
	mu    sync.Mutex
	lines []string
}

// List returns the warnings so far, each one bounded, escaped line. It is empty
// when every answer so far was complete.
func (w *Warnings) List() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

func (w *Warnings) add(lines []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, line := range lines {
		if len(w.lines) < MaxWarnings && !slices.Contains(w.lines, line) {
			w.lines = append(w.lines, line)
		}
	}
}

type warningsKey struct{}

// WithWarnings returns a context under which every call of this package adds
// the warnings of its answer to w. It is how a caller of the calls that return
// plain numbers learns that a number is a partial one.
func WithWarnings(ctx context.Context, w *Warnings) context.Context {
	return context.WithValue(ctx, warningsKey{}, w)
}

func report(ctx context.Context, lines []string) {
	if w, ok := ctx.Value(warningsKey{}).(*Warnings); ok && len(lines) > 0 {
		w.add(lines)
	}
}

// sortNotes moves the infos among the warnings of older servers to the infos,
// and makes both fit to be shown.
func sortNotes(warnings, infos []string) (w, i []string) {
	var serious []string
	for _, text := range warnings {
		if strings.HasPrefix(text, infoPrefix) {
			infos = append(infos, text)
		} else {
			serious = append(serious, text)
		}
	}
	return bounded(serious), bounded(infos)
}

func bounded(texts []string) []string {
	var lines []string
	for i, text := range texts {
		if i == MaxWarnings {
			return append(lines, fmt.Sprintf("and %d more", len(texts)-MaxWarnings))
		}
		lines = append(lines, failure.Line(text))
	}
	return lines
}
