package ratelimiter

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/redis/go-redis/v9"
)

// dumped is one key of Redis as evidence shows it, a line of NDJSON.
type dumped struct {
	// Name is the key's name, NameHex its bytes where they are not UTF-8 or were
	// cut.
	Name    string `json:"name"`
	NameHex string `json:"name_hex,omitempty"`
	Type    string `json:"type"`
	// TTLMS is how long it has to live, -1 for ever, -2 where it has gone.
	TTLMS int64 `json:"ttl_ms"`
	// Size is how many elements it has, of a string how many bytes.
	Size int64 `json:"size"`
	// Value is a string's beginning, a hash's fields, or a sorted set's newest
	// members with their scores.
	Value any `json:"value,omitempty"`
	// Error is why the value is not there.
	Error string `json:"error,omitempty"`
}

// Bounds of a dump.
const (
	maxDumped  = 5000 // keys
	maxMembers = 100
	maxText    = 1 << 10 // bytes of one text
	maxHexed   = 8 << 10 // bytes of a name that are written as hex
)

// dump reads what one server holds, whosever it is.
func dump(ctx context.Context, client *redis.Client) ([]byte, error) {
	names, err := scan(ctx, client, "*")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	for chunk := range slices.Chunk(names[:min(len(names), maxDumped)], 500) {
		keys, err := dumpKeys(ctx, client, chunk)
		if err != nil {
			return out.Bytes(), err
		}
		for _, k := range keys {
			if err := encoder.Encode(k); err != nil {
				return out.Bytes(), err
			}
		}
	}
	if len(names) > maxDumped {
		out.WriteString(`{"error":"` + strconv.Itoa(len(names)-maxDumped) + ` keys more"}` + "\n")
	}
	return out.Bytes(), nil
}

// dumpKeys asks first what the keys are, then for what they hold.
func dumpKeys(ctx context.Context, client *redis.Client, names []string) ([]dumped, error) {
	pipe := client.Pipeline()
	types := make([]*redis.StatusCmd, len(names))
	ttls := make([]*redis.DurationCmd, len(names))
	for i, name := range names {
		types[i], ttls[i] = pipe.Type(ctx, name), pipe.PTTL(ctx, name)
	}
	if err := exec(ctx, pipe); err != nil {
		return nil, err
	}
	pipe = client.Pipeline()
	keys := make([]dumped, len(names))
	fill := make([]func(*dumped) error, len(names))
	for i, name := range names {
		keys[i] = dumped{Name: cut(name), Type: types[i].Val(), TTLMS: millis(ttls[i].Val())}
		if keys[i].Name != name {
			keys[i].NameHex = hex.EncodeToString([]byte(name[:min(len(name), maxHexed)]))
		}
		fill[i] = valueOf(ctx, pipe, name, keys[i].Type)
	}
	if err := exec(ctx, pipe); err != nil {
		return nil, err
	}
	for i := range keys {
		if err := fill[i](&keys[i]); err != nil {
			keys[i].Error = err.Error()
		}
	}
	return keys, nil
}

// millis undoes what the client makes of the answers -1 and -2.
func millis(d time.Duration) int64 {
	if d < 0 {
		return int64(d)
	}
	return d.Milliseconds()
}

// valueOf asks for what a key of a type holds, and returns what takes the answer.
func valueOf(ctx context.Context, pipe redis.Pipeliner, name, kind string) func(*dumped) error {
	switch kind {
	case "string":
		size, text := pipe.StrLen(ctx, name), pipe.GetRange(ctx, name, 0, maxText)
		return func(k *dumped) error {
			k.Size, k.Value = size.Val(), cut(text.Val())
			return text.Err()
		}
	case "hash":
		size, fields := pipe.HLen(ctx, name), pipe.HScan(ctx, name, 0, "*", maxMembers)
		return func(k *dumped) error {
			value := map[string]string{}
			list, _, err := fields.Result()
			for pair := range slices.Chunk(list[:min(len(list), 2*maxMembers)], 2) {
				value[cut(pair[0])] = cut(pair[len(pair)-1])
			}
			k.Size, k.Value = size.Val(), value
			return err
		}
	case "zset":
		size, newest := pipe.ZCard(ctx, name), pipe.ZRevRangeWithScores(ctx, name, 0, maxMembers-1)
		return func(k *dumped) error {
			type member struct {
				Member string  `json:"member"`
				Score  float64 `json:"score"`
			}
			members := make([]member, len(newest.Val()))
			for i, z := range newest.Val() {
				text, _ := z.Member.(string)
				members[i] = member{cut(text), z.Score}
			}
			k.Size, k.Value = size.Val(), members
			return newest.Err()
		}
	default:
		return func(*dumped) error { return nil }
	}
}

// cut makes a text one that JSON can hold, of bounded length.
func cut(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
	}
	return strings.ToValidUTF8(text, "\ufffd")
}
