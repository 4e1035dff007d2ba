package prometheus

import (
	"fmt"
	"iter"
	"time"
	"unicode/utf8"
)

// Bounds of one question about keys. Escaping makes a key up to four times as
// long in the query, which these keep well within [MaxQueryBytes] and within
// what proxies let pass.
const (
	// MaxKeyBytes is the length of the longest key, or node name.
	MaxKeyBytes = 4 << 10
	// MaxKeysBytes is the length of all keys of one query together.
	MaxKeysBytes = 64 << 10
	// MaxKeys is the number of keys in one query. Up to about this many
	// alternatives, Prometheus looks each up in its index instead of matching
	// every series against an expression.
	MaxKeys = 250
)

// Observable reports whether a label can hold the key at all. The empty string
// cannot: to Prometheus it is the same as no label, so asking for it would find
// every series without one. Neither can anything that is not UTF-8.
func Observable(key string) bool { return key != "" && utf8.ValidString(key) }

// KeyBatches cuts keys into lists that [Client.AllowedByKey] accepts, in order
// and each key once. Keys that cannot have a value there are left out: those
// that are not [Observable] and those over [MaxKeyBytes].
func KeyBatches(keys []string) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		var (
			batch []string
			bytes int
			seen  = make(map[string]bool, len(keys))
		)
		for _, key := range keys {
			if seen[key] || !Observable(key) || len(key) > MaxKeyBytes {
				continue
			}
			seen[key] = true
			if len(batch) == MaxKeys || bytes+len(key) > MaxKeysBytes {
				if !yield(batch) {
					return
				}
				batch, bytes = nil, 0
			}
			batch, bytes = append(batch, key), bytes+len(key)
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// observable returns the keys worth asking for, each once.
func observable(keys []string) []string {
	seen := make(map[string]bool, len(keys))
	var asked []string
	for _, key := range keys {
		if Observable(key) && !seen[key] {
			seen[key] = true
			asked = append(asked, key)
		}
	}
	return asked
}

// checkKeys refuses what the bounds do not permit.
func (c *Client) checkKeys(keys []string, window time.Duration) error {
	if window <= 0 {
		return c.invalid(fmt.Sprintf("a window of %s, want more than 0", window))
	}
	if len(keys) > MaxKeys {
		return c.invalid(fmt.Sprintf("%d keys in one query, more than %d; cut them by KeyBatches", len(keys), MaxKeys))
	}
	total := 0
	for i, key := range keys {
		if len(key) > MaxKeyBytes {
			return c.invalid(fmt.Sprintf("key %d has %d bytes, more than %d", i, len(key), MaxKeyBytes))
		}
		total += len(key)
	}
	if total > MaxKeysBytes {
		return c.invalid(fmt.Sprintf("%d bytes of keys in one query, more than %d; cut them by KeyBatches", total, MaxKeysBytes))
	}
	return nil
}
