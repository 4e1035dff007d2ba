package redis

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// table is a hash table of Redis: one of a power of two of buckets, and while it
// is resized a second one. Elements are their own hashes.
type table struct {
	mask, other uint64 // other is 0 unless it is being resized
	elements    []uint64
	second      map[uint64]bool // which elements are in the other one by now
}

// scan is one call of Redis's SCAN for a bucket: it gives those elements, and the
// next cursor.
func (t *table) scan(v uint64) (found []uint64, next uint64) {
	give := func(mask, bucket uint64, second bool) {
		for _, e := range t.elements {
			if e&mask == bucket&mask && t.second[e] == second {
				found = append(found, e)
			}
		}
	}
	advance := func(v, mask uint64) uint64 {
		return bits.Reverse64(bits.Reverse64(v|^mask) + 1)
	}
	if t.other == 0 {
		give(t.mask, v, false)
		return found, advance(v, t.mask)
	}
	small, large := min(t.mask, t.other), max(t.mask, t.other)
	give(small, v, small == t.other)
	for {
		give(large, v, large == t.other)
		if v = advance(v, large); v&(small^large) == 0 {
			return found, v
		}
	}
}

// disturb has the table begin to be resized, go on with it, or end it.
func (t *table) disturb(r *rand.Rand) {
	switch {
	case t.other == 0 && r.IntN(4) == 0:
		if t.second = map[uint64]bool{}; r.IntN(2) == 0 && t.mask < 1<<12 {
			t.other = t.mask<<2 | 3
		} else if t.mask > 3 {
			t.other = t.mask >> 1
		}
	case t.other != 0:
		for range len(t.elements) / 8 {
			t.second[t.elements[r.IntN(len(t.elements))]] = true
		}
		if r.IntN(4) == 0 {
			t.mask, t.other, t.second = t.other, 0, map[uint64]bool{}
		}
	}
}

// TestPartsLeaveNothingOut walks tables part by part, the parts in turns, while
// the tables are resized. Every element must be found.
func TestPartsLeaveNothingOut(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		tab := table{mask: 1<<(2+r.IntN(8)) - 1}
		for range 1 + r.IntN(400) {
			tab.elements = append(tab.elements, r.Uint64())
		}
		n := 1 << r.IntN(5)
		parts := split(n)
		cursors, done := make([]uint64, n), make([]bool, n)
		for i := range parts {
			cursors[i] = parts[i].start
		}
		found, walked, left := map[uint64]bool{}, 0, n
		for ; left > 0; walked++ {
			i := r.IntN(n)
			if done[i] {
				continue
			}
			tab.disturb(r)
			elements, next := tab.scan(cursors[i])
			for _, e := range elements {
				found[e] = true
			}
			if !forward(cursors[i], next) {
				t.Fatalf("seed %d: from cursor %d back to %d", seed, cursors[i], next)
			}
			if cursors[i] = next; parts[i].passed(next) {
				done[i] = true
				left--
			}
		}
		for _, e := range tab.elements {
			if !found[e] {
				t.Fatalf("seed %d, %d parts: %x was left out", seed, n, e)
			}
		}
	}
}

func TestIdentity(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		info   string
		run    string
		split  bool
	}{
		"Redis":       {reason: "what is known", info: "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:abc\r\n", run: "abc", split: true},
		"Newest":      {reason: "it was looked at", info: "redis_version:8.0.2\r\n", split: true},
		"Newer":       {reason: "nobody has looked", info: "redis_version:8.2.0\r\n"},
		"Ancient":     {reason: "nobody has looked", info: "redis_version:2.6.0\r\n"},
		"Cluster":     {reason: "later versions put the slot into the cursor", info: "redis_version:7.0.15\r\nredis_mode:cluster\r\n"},
		"Valkey":      {reason: "it has other tables", info: "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n"},
		"Dragonfly":   {reason: "it has other tables", info: "redis_version:7.4.0\r\ndragonfly_version:df-v1.20\r\n"},
		"ElastiCache": {reason: "what runs there is not Redis as it is published", info: "redis_version:7.0.7\r\nos:Amazon ElastiCache\r\n"},
		"Silent":      {reason: "it must tell", info: ""},
		"Garbage":     {reason: "it must make sense", info: "redis_version:x.y\r\n:::\r\nrun_id"},
	} {
		t.Run(name, func(t *testing.T) {
			id := identify(tc.info)
			if why := id.splits(); id.run != tc.run || (why == "") != tc.split {
				t.Errorf("%s: run %q, %q", tc.reason, id.run, why)
			}
		})
	}
}
