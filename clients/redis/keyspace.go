package redis

import "strings"

// keyspace is the prefix of the limiter's keys, and how they are named under it.
type keyspace string

const (
	limitPrefix = "limit:"
	seqSuffix   = ":seq"

	limitField  = "limit"
	windowField = "window_ms"
)

// counter is the Redis key of a user key's counter.
func (k keyspace) counter(key string) string { return string(k) + key }

// limit is the Redis key of a user key's own limit.
func (k keyspace) limit(key string) string { return string(k) + limitPrefix + key }

// user takes the prefix off a Redis key.
func (k keyspace) user(name string) (key string, ok bool) {
	return strings.CutPrefix(name, string(k))
}

// pattern matches all of the limiter's keys, for SCAN.
func (k keyspace) pattern() string {
	escaped := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(string(k))
	return escaped + "*"
}

// ambiguous reports whether a key under the prefix may be something other than
// the counter that its name makes it.
func ambiguous(key string) bool {
	return strings.HasSuffix(key, seqSuffix) || strings.HasPrefix(key, limitPrefix)
}

// limitOf is the user key whose own limit has the given key's name, if that is
// the name of a limit.
func limitOf(key string) (of string, ok bool) {
	return strings.CutPrefix(key, limitPrefix)
}
