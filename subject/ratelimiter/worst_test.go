package ratelimiter

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWorst compares it with sorting all that it was told.
func TestWorst(t *testing.T) {
	const most = 20
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	w := newWorst(most)
	all := make(map[string]float64)
	for i := range 2000 {
		key := fmt.Sprintf("k%d", i)
		all[key] = float64(rng.IntN(1 << 30))
		for _, out := range w.put(key, all[key]) {
			if w.holds(out) {
				t.Fatalf("%s had to make room and is held", out)
			}
		}
	}
	sorted := slices.SortedFunc(maps.Keys(all), func(a, b string) int { return int(all[b]) - int(all[a]) })
	if diff := cmp.Diff(slices.Sorted(slices.Values(sorted[:most])), slices.Sorted(maps.Keys(w.place))); diff != "" {
		t.Errorf("seed %d: -want +got:\n%s", seed, diff)
	}
	if !w.full {
		t.Error("keys were turned away, and it does not say so")
	}
}

func TestWorstChanges(t *testing.T) {
	w := newWorst(3)
	for key, load := range map[string]float64{"a": 1, "b": 2, "c": 3} {
		w.put(key, load)
	}
	if w.full {
		t.Error("it holds all it was told, and says that it does not")
	}
	w.put("c", 0) // what has drained goes first
	if out := w.put("d", 0.5); !slices.Equal(out, []string{"c"}) || !w.full {
		t.Errorf("%q made room, want c", out)
	}
	if out := w.put("e", 0.5); !slices.Equal(out, []string{"e"}) {
		t.Errorf("%q made room for one no worse than they are", out)
	}
	w.drop("a")
	w.drop("a")
	if out := w.put("e", 0.5); len(out) > 0 || w.bytes != 3 {
		t.Errorf("%q made room where one is free; %d bytes", out, w.bytes)
	}
}

// TestWorstIsBounded by bytes too: a key may have a megabyte.
func TestWorstIsBounded(t *testing.T) {
	w := newWorst(1000)
	for i := range 20 {
		w.put(fmt.Sprint(i)+strings.Repeat("k", 1<<20), float64(i))
	}
	if w.bytes > maxKeptBytes || len(w.place) != len(w.heap.all) || len(w.place) < 7 || !w.full {
		t.Errorf("%d bytes of %d keys, want at most %d", w.bytes, len(w.place), maxKeptBytes)
	}
}
