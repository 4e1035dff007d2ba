package ratelimiter

import "container/heap"

// worst holds the keys closest to or furthest over their limits of all that it
// was told of, a bounded number. It is no exact ranking: one that was turned away
// comes back only when it is told of again.
type worst struct {
	most  int
	place map[string]int // in the heap
	heap  loads
	bytes int
	// full says that a key was turned away, so that not every key is held.
	full bool
}

// maxKeptBytes bounds the keys of one set together. A key may have a megabyte.
const maxKeptBytes = 8 << 20

func newWorst(most int) *worst {
	w := &worst{most: most, place: make(map[string]int)}
	w.heap.place = w.place
	return w
}

// put takes a key with the share of its limit that is used, and returns the keys
// that have had to make room for it, itself among them if there was none.
func (w *worst) put(key string, load float64) (out []string) {
	if i, held := w.place[key]; held {
		w.heap.all[i].load = load
		heap.Fix(&w.heap, i)
		return nil
	}
	if len(w.heap.all) == w.most && load <= w.heap.all[0].load {
		w.full = true
		return []string{key}
	}
	heap.Push(&w.heap, loaded{key, load})
	w.bytes += len(key)
	for len(w.heap.all) > w.most || w.bytes > maxKeptBytes {
		w.full = true
		least := w.heap.all[0].key
		w.drop(least)
		out = append(out, least)
	}
	return out
}

// drop forgets a key.
func (w *worst) drop(key string) {
	if i, held := w.place[key]; held {
		heap.Remove(&w.heap, i)
		w.bytes -= len(key)
	}
}

func (w *worst) holds(key string) bool {
	_, held := w.place[key]
	return held
}

// loaded is a key and the share of its limit that is used.
type loaded struct {
	key  string
	load float64
}

// loads is a [heap.Interface], the least load first.
type loads struct {
	all   []loaded
	place map[string]int
}

func (l *loads) Len() int           { return len(l.all) }
func (l *loads) Less(i, j int) bool { return l.all[i].load < l.all[j].load }

func (l *loads) Swap(i, j int) {
	l.all[i], l.all[j] = l.all[j], l.all[i]
	l.place[l.all[i].key], l.place[l.all[j].key] = i, j
}

// Push implements [heap.Interface].
func (l *loads) Push(x any) {
	item, _ := x.(loaded)
	l.place[item.key] = len(l.all)
	l.all = append(l.all, item)
}

// Pop implements [heap.Interface].
func (l *loads) Pop() any {
	last := l.all[len(l.all)-1]
	l.all[len(l.all)-1] = loaded{}
	l.all = l.all[:len(l.all)-1]
	delete(l.place, last.key)
	return last
}
