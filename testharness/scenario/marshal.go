package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
)

// Marshal writes a scenario as YAML that [Parse] reads as the same. What cannot
// be printed is escaped, and long texts that repeat themselves are written as
// $repeat. The error is that of a field that should be JSON and is not, or of
// text that is not UTF-8.
func Marshal(sc Scenario) ([]byte, error) {
	w := &writer{}
	doc := w.mapping(
		w.text("scenario", sc.Name), w.text("summary", sc.Summary), w.text("row", sc.Row), w.text("system", sc.System),
		w.raw("topology", sc.Topology), w.raw("load", sc.Load), w.raw("config", sc.Config),
		w.duration("interval", sc.Interval), w.duration("timeout", sc.Timeout),
		w.words("transports", words(sc.Transports)),
		w.boolean("host", sc.Host),
		w.duration("bound", sc.Bound),
		w.steps(sc.Steps),
		w.marks("allow", sc.Allow), w.marks("never", sc.Never),
		w.expectation("after", sc.After),
	)
	if w.err != nil {
		return nil, fmt.Errorf("write the scenario %s: %w", sc.Name, w.err)
	}
	out, err := yaml.Dump(doc, yaml.WithLineWidth(-1), yaml.WithIndent(2))
	if err != nil {
		return nil, fmt.Errorf("write the scenario %s: %w", sc.Name, err)
	}
	return printable(out), nil
}

// printable escapes what a terminal or an editor could take for something else.
// All of it is within double quotes, where YAML has an escape for it.
func printable(text []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case r == '\n' || strconv.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.Bytes()
}

// A writer makes YAML of values, and keeps the first error.
type writer struct{ err error }

// A pair is a field with its value, nil where there is none to write.
type pair struct {
	name  string
	value *yaml.Node
}

func (w *writer) mapping(pairs ...pair) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for _, p := range pairs {
		if p.value != nil {
			n.Content = append(n.Content, w.scalarText(p.name), p.value)
		}
	}
	return n
}

// inline is a mapping in braces.
func (w *writer) inline(pairs ...pair) *yaml.Node {
	n := w.mapping(pairs...)
	n.Style = yaml.FlowStyle
	return n
}

func (w *writer) text(name, s string) pair {
	if s == "" {
		return pair{}
	}
	return pair{name, w.longText(s)}
}

// longText is a text, or what it repeats.
func (w *writer) longText(s string) *yaml.Node {
	if unit, times := repeated(s); times > 0 {
		return w.inline(pair{"$repeat", w.scalarText(unit)}, pair{"times", plain(strconv.Itoa(times))})
	}
	return w.scalarText(s)
}

func (w *writer) scalarText(s string) *yaml.Node {
	if !utf8.ValidString(s) && w.err == nil {
		w.err = fmt.Errorf("%.64q is not UTF-8", s)
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

// repeated tells what a long text repeats, and how often.
func repeated(s string) (unit string, times int) {
	const long, longestUnit = 256, 64
	if len(s) < long {
		return "", 0
	}
	for n := 1; n <= longestUnit; n++ {
		if len(s)%n == 0 && s[n:] == s[:len(s)-n] && utf8.ValidString(s[:n]) {
			return s[:n], len(s) / n
		}
	}
	return "", 0
}

func plain(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

func (w *writer) duration(name string, d time.Duration) pair {
	if d == 0 {
		return pair{}
	}
	return pair{name, plain(d.String())}
}

func (w *writer) boolean(name string, b bool) pair {
	if !b {
		return pair{}
	}
	return pair{name, plain("true")}
}

func words[T ~string](items []T) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = string(item)
	}
	return out
}

func (w *writer) words(name string, items []string) pair {
	if len(items) == 0 {
		return pair{}
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, item := range items {
		n.Content = append(n.Content, w.scalarText(item))
	}
	return pair{name, n}
}

func (w *writer) marks(name string, marks []fault.Mark) pair {
	if len(marks) == 0 {
		return pair{}
	}
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for _, m := range marks {
		if m.Entity == "" {
			n.Content = append(n.Content, w.scalarText(m.Invariant))
			continue
		}
		n.Content = append(n.Content, w.inline(w.text("invariant", m.Invariant), w.text("entity", m.Entity)))
	}
	return pair{name, n}
}

func (w *writer) steps(steps []Step) pair {
	n := &yaml.Node{Kind: yaml.SequenceNode}
	for _, s := range steps {
		var does pair
		switch {
		case s.Fault != nil:
			does = pair{"fault", w.inline(w.text("kind", s.Fault.Kind), w.text("on", s.Fault.On), w.raw("with", s.Fault.With))}
		case s.Act != nil:
			does = pair{"act", w.inline(
				w.text("action", s.Act.Action), w.raw("params", s.Act.Params), w.boolean("dry_run", s.Act.DryRun),
				w.text("outcome", string(s.Act.Outcome)), w.text("error", string(s.Act.Error)), w.text("effect", string(s.Act.Effect)),
			)}
		}
		n.Content = append(n.Content, w.mapping(
			does, w.text("as", s.As), w.text("heal", s.Heal), w.raw("load", s.Load), w.duration("wait", s.Wait), w.expectation("expect", s.Expect),
		))
	}
	return pair{"steps", n}
}

func (w *writer) expectation(name string, e *Expectation) pair {
	if e == nil {
		return pair{}
	}
	var sources, state, events []pair
	for _, source := range slices.Sorted(maps.Keys(e.Sources)) {
		sources = append(sources, pair{source, w.words("", words(e.Sources[source])).value})
	}
	for _, pointer := range slices.Sorted(maps.Keys(e.State)) {
		state = append(state, pair{pointer, w.raw("", e.State[pointer]).value})
	}
	for _, h := range e.Host {
		events = append(events, pair{"", w.inline(w.text("type", h.Type), w.text("invariant", h.Invariant), w.text("entity", h.Entity))})
	}
	optional := func(name string, pairs []pair) pair {
		if len(pairs) == 0 {
			return pair{}
		}
		return pair{name, w.inline(pairs...)}
	}
	host := pair{}
	if len(events) > 0 {
		host = pair{"host", &yaml.Node{Kind: yaml.SequenceNode}}
		for _, event := range events {
			host.value.Content = append(host.value.Content, event.value)
		}
	}
	return pair{name, w.mapping(
		w.duration("within", e.Within), w.duration("for", e.For),
		w.marks("broken", e.Broken), w.marks("unknown", e.Unknown), w.marks("held", e.Held), w.marks("noticed", e.Noticed),
		optional("sources", sources), optional("state", state), host,
	)}
}

func (w *writer) raw(name string, doc json.RawMessage) pair {
	if len(doc) == 0 {
		return pair{}
	}
	decoder := json.NewDecoder(bytes.NewReader(doc))
	decoder.UseNumber()
	n, err := w.value(decoder)
	if err == nil {
		if _, more := decoder.Token(); more != io.EOF {
			err = fmt.Errorf("there is more after its end")
		}
	}
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s is not JSON: %w", name, err)
	}
	return pair{name, n}
}

// value reads one JSON value, its members in their order.
func (w *writer) value(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		if token == '{' {
			n.Kind = yaml.MappingNode
		}
		for d.More() {
			if n.Kind == yaml.MappingNode {
				key, err := d.Token()
				if err != nil {
					return nil, err
				}
				name, _ := key.(string) // JSON has no other keys
				n.Content = append(n.Content, w.scalarText(name))
			}
			item, err := w.value(d)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, item)
		}
		_, err := d.Token()
		return n, err
	case string:
		return w.longText(token), nil
	case json.Number:
		return plain(token.String()), nil
	case bool:
		return plain(strconv.FormatBool(token)), nil
	default:
		return plain("null"), nil
	}
}
