package clienttest

import (
	"runtime/metrics"
	"testing"
)

// MustBeBounded fails the test if do, which works on input of so many bytes,
// allocates much more than that. Whatever else the process allocates meanwhile
// counts too.
func MustBeBounded(tb testing.TB, input int, do func()) {
	tb.Helper()
	const (
		perByte = 256     // a number of two bytes becomes a field of an object of an item
		fixed   = 8 << 20 // buffers, and what the runtime rounds up to
	)
	before := allocated()
	do()
	if got, most := allocated()-before, uint64(fixed+perByte*input); got > most { //nolint:gosec // a length
		tb.Fatalf("%d bytes of input took %d bytes of memory, and may take %d", input, got, most)
	}
}

// allocated is how much was ever allocated, in bytes, to within some pages.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
