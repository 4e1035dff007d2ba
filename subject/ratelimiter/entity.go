package ratelimiter

import (
	"cmp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// nameCounters gives the counters of keys that are no text names for verdicts.
//
// JSON and Protobuf carry text only, so whoever reads a verdict would find U+FFFD
// in the place of what is none: the name of another key, which somebody may then
// act on, or that of several, of which each may have one verdict only. So such a
// key is called by its bytes in quotes and escapes, as in "a\xff", and where that
// is a key of its own too, by a longer name.
func (g *gathering) nameCounters() {
	g.garbled = make(map[string]bool)
	var noText []*counter
	for key, c := range g.counters {
		if !utf8.ValidString(key) {
			noText = append(noText, c)
			g.garbled[string([]rune(key))] = true
		}
	}
	// In order, so that each has the same name in every observation.
	slices.SortFunc(noText, func(a, b *counter) int { return cmp.Compare(a.key, b.key) })
	taken := make(map[string]bool, len(noText))
	for _, c := range noText {
		c.entity = strconv.Quote(c.key)
		for g.counters[c.entity] != nil || taken[c.entity] {
			c.entity += " (no text)"
		}
		taken[c.entity] = true
	}
}
