package prometheus

import (
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

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

// FuzzMatchers reads back what the matchers wrote.
func FuzzMatchers(f *testing.F) {
	for _, key := range hostileKeys {
		if len(key) < 100 { // the fuzzer spends its time on shrinking long ones
			f.Add(key, "other")
		}
	}
	f.Add("\xff", "\xef\xbf")
	f.Fuzz(func(t *testing.T, a, b string) {
		literal := strings.TrimPrefix(Equal("key", a).text, "key=")
		if got, err := strconv.Unquote(literal); err != nil || got != a {
			t.Fatalf("%s reads as %q, %v, want %q", literal, got, err, a)
		}
		if strings.ContainsAny(literal, "\n\r\x00\ufffd") || !utf8.ValidString(literal) {
			t.Fatalf("%q may end a literal early", literal)
		}
		if !utf8.ValidString(a) || !utf8.ValidString(b) {
			return
		}
		literal = strings.TrimPrefix(OneOf("key", a, b).text, "key=~")
		pattern, err := strconv.Unquote(literal)
		if err != nil {
			t.Fatal(err)
		}
		re, err := regexp.Compile("^(?:" + pattern + ")$")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{a, b, a + "x", "x" + b, a + b, a + "\n", a + "|" + b, strings.ToUpper(a), "", "x"} {
			if want := s == a || s == b; re.MatchString(s) != want {
				t.Fatalf("%s matches %q: %v", literal, s, !want)
			}
		}
	})
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
