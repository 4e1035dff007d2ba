package prometheus

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hostileKeys are keys that callers of a rate limiter may choose, many of them
// near misses of each other. All are valid label values.
var hostileKeys = []string{
	"plain", "plain ", " plain", "Plain", "plai", "plainplain",
	`a"b`, `a\"b`, `a\b`, `a\\b`, `a'b`, "a`b", "a\nb", `a\nb`, "a\tb", "a\rb", "a\r\nb",
	"a|b", "a", "b", "ab", "a.b", "aab", "a*b", "a+", "a?", "a{2}", "aa", "(a)", "[a]", "[ab]", "^a$", "$", "^",
	".*", ".+", ".", "|", `\`, `"`, `'`, "{", "}", "{}", "()", "(?i)plain", `\Qa\E`, `\x61`, "\\u0061", `\.`,
	`"} or vector(1) or x{y="`, `x",node_id="a`, "# a comment", "/* a */", "${HOME}", "$1", "%00", "%s", "&query=up", "a=b;c",
	"user:1:seq", "limit:user", "a/../b", "..", "/",
	"ключ", "密钥", "مفتاح", "😀", "é", "e\u0301", "\u202egnp", "\u2028", "\u00a0", "\ufeff", "\ufffd", "\U0010ffff", "\ue000",
	"\x01\x1b[31m", "\x7f", "\u0085", "a\x00b", "\x00",
	strings.Repeat("long ", MaxKeyBytes/5), strings.Repeat(`\`, MaxKeyBytes), strings.Repeat(".", MaxKeyBytes-1),
}

// TestHostileKeys asks a real Prometheus for each key, alone and among all
// others, and expects exactly the count of that key's own series.
func TestHostileKeys(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	ctx, window := t.Context(), 30*time.Second

	all := map[string]float64{}
	for batch := range KeyBatches(hostileKeys) {
		counts, err := c.AllowedByKey(ctx, batch, window)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(all, counts)
	}
	if len(all) != len(hostileKeys) {
		t.Errorf("%d keys have a count, want %d", len(all), len(hostileKeys))
	}
	// Key 0 grows by one on each of two nodes, key i by i+1 on one.
	unit := all[hostileKeys[0]] / 2
	if unit < 1 {
		t.Fatalf("the counters stand still: %v", all[hostileKeys[0]])
	}
	for i, key := range hostileKeys {
		want := unit * float64(i+1)
		if i == 0 {
			want = unit * 2
		}
		alone, present, err := c.AllowedRequests(ctx, key, window)
		if err != nil || !present || !near(alone, want) {
			t.Errorf("key %.40q alone: got %v, %v, %v, want %v", key, alone, present, err, want)
		}
		if !near(all[key], want) {
			t.Errorf("key %.40q among others: got %v, want %v", key, all[key], want)
		}
	}
}

// TestNearMisses asks for keys that no series has but that a careless quoting,
// matching or normalising would take for one that some series has.
func TestNearMisses(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	var misses []string
	for _, key := range hostileKeys {
		for _, miss := range []string{key + "x", "x" + key, key + "\n", "\n" + key, key + "\x00", strings.ToUpper(key), key + "|"} {
			if len(miss) <= MaxKeyBytes && !slices.Contains(hostileKeys, miss) {
				misses = append(misses, miss)
			}
		}
	}
	misses = append(misses, "aXb", "acb", "a.*", "", "\xff", "a\xffb", "\xef\xbf", "e\u0301\u0301")
	for batch := range KeyBatches(misses) {
		counts, err := c.AllowedByKey(t.Context(), batch, 30*time.Second)
		if diff := cmp.Diff(map[string]float64{}, counts); err != nil || diff != "" {
			t.Errorf("found what no series has: %v\n%s", err, diff)
		}
	}
	for _, miss := range []string{"", "\xff", "a\xffb", "aXb", "plain\n", ".*x", "PLAIN"} {
		count, present, err := c.AllowedRequests(t.Context(), miss, 30*time.Second)
		if err != nil || present {
			t.Errorf("key %q: got %v, %v, %v, want absent", miss, count, present, err)
		}
	}
}

// TestFullBatches sends the largest questions that the bounds permit.
func TestFullBatches(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	many := append(make([]string, 0, MaxKeys), "plain")
	for i := range MaxKeys - 1 {
		many = append(many, fmt.Sprintf("nobody-%d", i))
	}
	long := make([]string, 0, MaxKeysBytes/MaxKeyBytes)
	for i := range MaxKeysBytes / MaxKeyBytes {
		long = append(long, strings.Repeat(`\`, MaxKeyBytes-3)+fmt.Sprintf("%03d", i))
	}
	for name, keys := range map[string][]string{"many": many, "long": long} {
		counts, err := c.AllowedByKey(t.Context(), keys, 30*time.Second)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, found := counts["plain"]; found != (name == "many") {
			t.Errorf("%s: got %v", name, counts)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b)) }
