package plugin

import (
	"runtime"
	"runtime/metrics"
)

// garbage bounds what is left in memory of a plugin's answers. A heap grows to
// twice of what is in use before Go collects by itself, and of a large answer
// there is, for a moment, a multiple in use. It is for one goroutine at a time.
type garbage struct {
	bytes int // of the answers since garbage was last collected for them
}

// maxGarbage is after how many bytes of answers garbage is collected: before
// each of the largest, and hardly ever where answers are what they should be. To
// read so much takes several times as long.
const maxGarbage = MaxMessageBytes / 2

// maxSmallHeap is how large the heap is, in bytes, of a host that does not
// notice a collection: it takes a few milliseconds. In a larger one Go collects
// when it sees fit, and a plugin's answers make little difference.
const maxSmallHeap = 64 << 20

// received notes that an answer has come, before anything is made of it.
func (g *garbage) received(bytes int) {
	if g.bytes += bytes; g.bytes < maxGarbage {
		return
	}
	g.bytes = 0
	heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(heap)
	if heap[0].Value.Kind() == metrics.KindUint64 && heap[0].Value.Uint64() <= maxSmallHeap {
		runtime.GC()
	}
}
