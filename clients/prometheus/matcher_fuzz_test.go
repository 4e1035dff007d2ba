package prometheus

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// condition is a matcher as Prometheus's own parser has read it.
type condition struct {
	Name  string
	Type  labels.MatchType
	Value string
}

func conditions(s *parser.VectorSelector) []condition {
	all := make([]condition, 0, len(s.LabelMatchers))
	for _, m := range s.LabelMatchers {
		all = append(all, condition{m.Name, m.Type, m.Value})
	}
	return sortedConditions(all...)
}

func sortedConditions(all ...condition) []condition {
	slices.SortFunc(all, func(a, b condition) int {
		return strings.Compare(a.Name+a.Type.String()+a.Value, b.Name+b.Type.String()+b.Value)
	})
	return all
}

// promQL parses an expression as the server does.
func promQL(expr string) (parser.Expr, error) {
	return parser.NewParser(parser.Options{}).ParseExpr(expr)
}

// FuzzMatchers has Prometheus's own parser read what the matchers wrote: it is
// exactly the conditions that were asked for, or no query at all where no label
// or metric can have such a name.
func FuzzMatchers(f *testing.F) {
	for i, key := range hostileKeys {
		if len(key) < 100 { // the fuzzer spends its time on shrinking long ones
			f.Add("up", "key", key, hostileKeys[len(hostileKeys)-1-i%20][:1])
			f.Add(key, "key", "a", "b")
			f.Add("up", key, "a", "b")
		}
	}
	f.Add("up", "key", "\xff", "\xef\xbf")
	for _, word := range []string{"", "inf", "NaN", "bool", "on", "group_left", "sum", "by", "offset", "start", "atan2", "__name__", "a:b"} {
		f.Add(word, word, word, "")
	}
	f.Fuzz(func(t *testing.T, metric, label, a, b string) {
		values := utf8.ValidString(a) && utf8.ValidString(b)
		names := model.UTF8Validation.IsValidMetricName(metric) && model.UTF8Validation.IsValidLabelName(label) && label != model.MetricNameLabel
		query := Selector(metric, Equal(label, a), OneOf(label, a, b))
		if strings.ContainsAny(query, "\n\r\x00\ufffd") || !utf8.ValidString(query) {
			t.Fatalf("%q may end a literal early", query)
		}
		expr, err := promQL(query)
		if err != nil {
			if values && names {
				t.Fatalf("%s is no query: %v", query, err)
			}
			return
		}
		selector, ok := expr.(*parser.VectorSelector)
		if !ok || selector.OriginalOffset != 0 || selector.Timestamp != nil {
			t.Fatalf("%s is %#v", query, expr)
		}
		pattern := alternatives([]string{a, b})
		want := sortedConditions(condition{model.MetricNameLabel, labels.MatchEqual, metric}, condition{label, labels.MatchEqual, a}, condition{label, labels.MatchRegexp, pattern})
		if diff := cmp.Diff(want, conditions(selector)); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", query, diff)
		}
		if !values {
			return
		}
		for _, m := range selector.LabelMatchers {
			if m.Type != labels.MatchRegexp {
				continue
			}
			for _, s := range []string{a, b, a + "x", "x" + b, a + b, a + "\n", "\n" + b, a + "|" + b, strings.ToUpper(a), strings.ToLower(b), regexp.QuoteMeta(a), strconv.Quote(b), "", "x"} {
				if want := s == a || s == b; m.Matches(s) != want {
					t.Fatalf("%s matches %q: %v", m, s, !want)
				}
			}
		}
	})
}
