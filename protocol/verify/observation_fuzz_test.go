package verify_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// FuzzObservation has any JSON document be an observation. One that is accepted
// is accepted again, and the same, after it was written and read; what is said
// of another is fit for a terminal.
func FuzzObservation(f *testing.F) {
	def := withState(`{}`)
	seed, err := json.Marshal(observation())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	for from, to := range map[string]string{
		`"is down"`: `"\ud800\u0000"`, `1.5`: `1e-400`, `"duration_ms":1000`: `"duration_ms":1e300`, `"latency_ms":1}`: `"latency_ms":0.0004}`,
		`"2026-03-01T12:00:00Z"`: `"9999-12-31T23:59:59.999999999+23:59"`, `"severity":"critical"`: `"severity":"` + "\x1b" + `"`,
		`"entity":"a"`: `"Entity":"b"`, `"state":{`: `"state":{"nodes":[],"nodes":[],`, `"value":1`: `"value":null`,
	} {
		f.Add([]byte(strings.Replace(string(seed), from, to, 1)))
	}
	f.Add([]byte(`null`))
	f.Add([]byte(`{"time":"0001-01-01T00:00:01Z","state":null}`))
	c := checker(f, def)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var o protocol.Observation
		if json.Unmarshal(raw, &o) != nil {
			return
		}
		if err := c.Observation(o, now); err != nil {
			if text := err.Error(); len(text) > 16<<10 || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
				t.Fatalf("not a bounded printable line: %q", text)
			}
			fields(t, err, protocol.Internal)
			return
		}
		written, err := json.Marshal(o)
		if err != nil {
			t.Fatalf("%s is accepted and cannot be written: %v", raw, err)
		}
		var read protocol.Observation
		if err := json.Unmarshal(written, &read); err != nil {
			t.Fatalf("%s is accepted, written %s and cannot be read: %v", raw, written, err)
		}
		if err := c.Observation(read, now); err != nil {
			t.Fatalf("%s is accepted, and written %s is not: %v", raw, written, err)
		}
		again, err := json.Marshal(read)
		if diff := cmp.Diff(string(written), string(again)); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		if !o.Time.Equal(read.Time) || (o.Duration-read.Duration).Abs() > time.Microsecond {
			t.Fatalf("%s became %s", raw, written)
		}
		for i, v := range o.Violations {
			if diff := cmp.Diff(v, read.Violations[i]); diff != "" {
				t.Fatalf("-want +got:\n%s", diff)
			}
		}
	})
}
