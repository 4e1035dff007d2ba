package prometheus

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSelector(t *testing.T) {
	for name, tc := range map[string]struct {
		reason   string
		metric   string
		matchers []Matcher
		want     string
	}{
		"Bare":        {reason: "no condition", metric: "up", want: `up`},
		"Zero":        {reason: "the zero matcher is no condition", metric: "up", matchers: []Matcher{{}}, want: `up`},
		"Equal":       {reason: "quoted", metric: "up", matchers: []Matcher{Equal("job", `a"b\c`), Equal("x", "\n\x00")}, want: `up{job="a\"b\\c",x="\n\x00"}`},
		"OneOf":       {reason: "literal alternatives", metric: "up", matchers: []Matcher{OneOf("job", "a.b", "c|d")}, want: `up{job=~"a\\.b|c\\|d"}`},
		"None":        {reason: "none of nothing", metric: "up", matchers: []Matcher{OneOf("job")}, want: `up{job=~"[^\\x00-\\x{10FFFF}]"}`},
		"Replacement": {reason: "refused by the lexer unless escaped", metric: "up", matchers: []Matcher{Equal("a", "\ufffd")}, want: `up{a="\ufffd"}`},
		"OddMetric":   {reason: "a name that is no identifier is quoted", metric: `a} or b{`, matchers: []Matcher{Equal("job", "x")}, want: `{"a} or b{",job="x"}`},
		"Word":        {reason: "a name that is a word of the language is spelled out", metric: "Bool", matchers: []Matcher{Equal("on", "x")}, want: `{__name__="Bool",on="x"}`},
		"Number":      {reason: "a name that is a number too", metric: "NaN", want: `{__name__="NaN"}`},
		"Aggregation": {reason: "other words may be names", metric: "sum", want: `sum`},
		"OddLabel":    {reason: "a name that is no identifier is quoted", metric: `up`, matchers: []Matcher{Equal(`a"=`, "x")}, want: `up{"a\"="="x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Selector(tc.metric, tc.matchers...); got != tc.want {
				t.Errorf("%s: got %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}

// TestOneOfNothing asks the real server for none of nothing.
func TestOneOfNothing(t *testing.T) {
	c := shared.use(t).client(t, Options{})
	v, err := c.Vector(t.Context(), Selector("up", OneOf("job")))
	if err != nil || len(v) != 0 {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestKeyBatches(t *testing.T) {
	long := strings.Repeat("x", MaxKeyBytes)
	many := make([]string, 0, 2*MaxKeys+1)
	heavy := make([]string, 0, MaxKeysBytes/MaxKeyBytes+1)
	for i := range MaxKeys*2 + 1 {
		many = append(many, strconv.Itoa(i))
	}
	for i := range MaxKeysBytes/MaxKeyBytes + 1 {
		heavy = append(heavy, long[:MaxKeyBytes-2]+strconv.Itoa(10+i))
	}
	for name, tc := range map[string]struct {
		reason string
		keys   []string
		want   []int // the sizes of the batches
	}{
		"None":         {reason: "nothing to ask", want: nil},
		"Unobservable": {reason: "nothing worth asking", keys: []string{"", "\xff", long + "x"}, want: nil},
		"Repeated":     {reason: "each once", keys: []string{"a", "b", "a"}, want: []int{2}},
		"Many":         {reason: "by number", keys: many, want: []int{MaxKeys, MaxKeys, 1}},
		"Heavy":        {reason: "by bytes", keys: heavy, want: []int{MaxKeysBytes / MaxKeyBytes, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var sizes []int
			c := newFake(t, answering(200, vectorOf(""))).client(t)
			for batch := range KeyBatches(tc.keys) {
				sizes = append(sizes, len(batch))
				if _, err := c.AllowedByKey(t.Context(), batch, 1); err != nil {
					t.Errorf("%s: %v", tc.reason, err)
				}
			}
			if diff := cmp.Diff(tc.want, sizes); diff != "" {
				t.Errorf("%s: %s", tc.reason, diff)
			}
		})
	}
	next, stop := iter.Pull(KeyBatches(many))
	first, _ := next()
	stop()
	if !slices.Equal(first, many[:MaxKeys]) {
		t.Error("the first batch is not the first keys in order")
	}
}
