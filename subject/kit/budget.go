package kit

// The bounds on one observation's list of violations, and on its list of what
// is unknown, in bytes: entities come from the observed system and may be a
// megabyte each, and an observation that is too large for the boundary (4 MiB)
// is none. What the two lists leave is for the state.
const (
	maxListBytes      = 9 << 17
	maxInvariantBytes = 1<<20 + 1<<16
	// minInvariantBytes is what an invariant has even if others have taken all:
	// enough for an entity with an ordinary name and the longest message.
	minInvariantBytes = 4 << 10
	entryBytes        = 64 // what an entry has besides its texts
)

// budget is what may still be listed.
type budget struct {
	limit              int
	all                int // bytes left for every invariant
	entries, invariant int // entries and bytes left for this one
}

func newBudget(limit int) *budget { return &budget{limit: limit, all: maxListBytes} }

// begin begins an invariant.
func (b *budget) begin() {
	b.entries, b.invariant = b.limit, max(minInvariantBytes, min(b.all, maxInvariantBytes))
}

// take takes an entry's part, unless it is too large. A smaller one may fit all
// the same: one monstrous entity does not hide the others.
func (b *budget) take(bytes int) bool {
	bytes += entryBytes
	if b.entries == 0 || bytes > b.invariant {
		return false
	}
	b.entries, b.invariant, b.all = b.entries-1, b.invariant-bytes, b.all-bytes
	return true
}
