package prometheus

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
)

// Matcher is a condition on one label. Its zero value is no condition.
//
// Whatever a value holds (quotes, braces, newlines, NUL, any script) it becomes
// one string literal and nothing else. A value that is not UTF-8 matches
// nothing, because no label value can be that.
type Matcher struct{ text string }

// Equal matches the series whose label has exactly this value. The empty value
// matches the series that do not carry the label, as everywhere in PromQL.
func Equal(label, value string) Matcher {
	return Matcher{labelName(label) + "=" + quote(value)}
}

// OneOf matches the series whose label has one of these values, and none if
// there are none. The empty value means what it means to [Equal].
func OneOf(label string, values ...string) Matcher {
	return Matcher{labelName(label) + "=~" + quote(alternatives(values))}
}

// alternatives is the regular expression of exactly these values. Prometheus
// anchors it on both sides.
func alternatives(values []string) string {
	if len(values) == 0 {
		return `[^\x00-\x{10FFFF}]` // a character outside all characters: never
	}
	var b strings.Builder
	for i, v := range values {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(regexp.QuoteMeta(v))
	}
	return b.String()
}

// Selector renders an instant vector selector: the series of the metric for
// which every matcher holds.
func Selector(metric string, matchers ...Matcher) string {
	var conditions []string
	switch {
	case !model.LegacyValidation.IsValidMetricName(metric):
		conditions, metric = append(conditions, quote(metric)), ""
	case wordOfLanguage(metric):
		conditions, metric = append(conditions, Equal(model.MetricNameLabel, metric).text), ""
	}
	for _, m := range matchers {
		if m.text != "" {
			conditions = append(conditions, m.text)
		}
	}
	if len(conditions) == 0 {
		return metric
	}
	return metric + "{" + strings.Join(conditions, ",") + "}"
}

// wordOfLanguage reports whether PromQL, whose words have no case, takes a bare
// name for something else than a metric. Its other words it takes for a metric
// where one may stand.
func wordOfLanguage(name string) bool {
	switch strings.ToLower(name) {
	case "bool", "on", "ignoring", "group_left", "group_right", "atan2":
		return true
	default:
		return numeral(name)
	}
}

// numeral reports whether PromQL takes a bare name for a number, even where it
// wants the name of a label.
func numeral(name string) bool {
	return strings.EqualFold(name, "inf") || strings.EqualFold(name, "nan")
}

// labelName writes a name that is not a plain identifier in quotes. Prometheus
// 3 understands that, 2 calls it a syntax error, and neither takes it for more
// than a name.
func labelName(name string) string {
	if model.LegacyValidation.IsValidLabelName(name) {
		return name
	}
	return quote(name)
}

// quote renders a PromQL string literal. The language writes strings as Go
// does, with one exception: its lexer takes a literal U+FFFD for the sign of
// broken UTF-8 and refuses the whole query, so that one has to be escaped.
func quote(s string) string {
	return strings.ReplaceAll(strconv.Quote(s), "\ufffd", `\ufffd`)
}
