package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Parse reads a scenario from YAML, and checks it as [Scenario.Validate] does
// against its system, which is one of systems. path is what the file is called
// in errors. The error is an [*Error] with everything that is wrong, each with
// its line and column.
func Parse(path string, data []byte, systems []stack.System) (Scenario, error) {
	b := &builder{file: path}
	root := b.parse(data)
	p := &parser{file: path, problems: b.problems}
	if root == nil {
		return Scenario{}, problemsError(p.problems)
	}
	sc := p.scenario(root)
	if !b.full {
		p.problems = append(p.problems, p.located(sc.check(systems), root)...)
	}
	if err := problemsError(p.problems); err != nil {
		return Scenario{}, err
	}
	return sc, nil
}

// A parser makes a Scenario of nodes and collects what is wrong with their
// shapes. What they mean is for Validate to judge.
type parser struct {
	file     string
	problems []Problem
	meant    []string // fields that are not missing: others were written for them
}

func (p *parser) bad(n *node, path, format string, args ...any) {
	p.problems = append(p.problems, Problem{
		File: p.file, Line: n.line, Column: n.column, Path: path, Message: fmt.Sprintf(format, args...),
	})
}

// A member is a field that a mapping may have, and who reads it. One that is
// nothing (null) is as if it were not there, but for those that are read as JSON.
type member struct {
	name string
	read func(path string, n *node)
}

// mapping reads a mapping, and refuses fields that it does not have.
func (p *parser) mapping(n *node, path, what string, members ...member) {
	if n.kind != kindMapping {
		p.bad(n, path, "want %s: a mapping, not %s", what, n.describe())
		return
	}
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.name
	}
	for _, f := range n.fields {
		at := join(path, f.key)
		i := slices.Index(names, f.key)
		switch {
		case i < 0:
			p.bad(f.value, at, "unknown field%s; want one of %s", didYouMean(f.key, names), strings.Join(names, ", "))
			if near, ok := host.Nearest(f.key, names); ok {
				p.meant = append(p.meant, join(path, near))
			}
		case f.value.kind != kindNull || f.key == "load":
			members[i].read(at, f.value)
		}
	}
}

func (p *parser) scenario(n *node) Scenario {
	var sc Scenario
	p.mapping(n, "", "a scenario",
		member{"scenario", p.text(&sc.Name)},
		member{"summary", p.text(&sc.Summary)},
		member{"row", p.text(&sc.Row)},
		member{"system", p.text(&sc.System)},
		member{"topology", raw(&sc.Topology)},
		member{"load", func(path string, n *node) {
			if n.kind != kindNull {
				raw(&sc.Load)(path, n)
			}
		}},
		member{"config", raw(&sc.Config)},
		member{"interval", p.duration(&sc.Interval)},
		member{"timeout", p.duration(&sc.Timeout)},
		member{"transports", texts(p, &sc.Transports)},
		member{"host", p.boolean(&sc.Host)},
		member{"bound", p.duration(&sc.Bound)},
		member{"steps", func(path string, n *node) { sc.Steps = p.steps(path, n) }},
		member{"allow", p.marks(&sc.Allow)},
		member{"never", p.marks(&sc.Never)},
		member{"after", p.expectation(&sc.After)},
	)
	return sc
}

func (p *parser) text(to *string) func(string, *node) {
	return func(path string, n *node) {
		if n.kind != kindText {
			p.bad(n, path, "want a text, not %s", n.describe())
			return
		}
		*to = n.text
	}
}

// texts reads a list of words, or one.
func texts[T ~string](p *parser, to *[]T) func(string, *node) {
	return func(path string, n *node) {
		items := n.items
		switch n.kind {
		case kindText:
			items = []*node{n}
		case kindList:
		default:
			p.bad(n, path, "want a list of words, not %s", n.describe())
			return
		}
		for i, item := range items {
			if item.kind != kindText {
				p.bad(item, index(path, i), "want a word, not %s", item.describe())
				continue
			}
			*to = append(*to, T(item.text))
		}
	}
}

func (p *parser) boolean(to *bool) func(string, *node) {
	return func(path string, n *node) {
		if n.kind != kindBool {
			p.bad(n, path, "want true or false, not %s", n.describe())
			return
		}
		*to = n.text == "true"
	}
}

func (p *parser) duration(to *time.Duration) func(string, *node) {
	return func(path string, n *node) {
		d, err := time.ParseDuration(n.text)
		if n.kind != kindText || err != nil {
			p.bad(n, path, "want a duration such as 500ms, 5s or 1m30s, not %s", n.describe())
			return
		}
		*to = d
	}
}

// word reads a text of a type of its own.
func word[T ~string](p *parser, to *T) func(string, *node) {
	return func(path string, n *node) {
		var s string
		p.text(&s)(path, n)
		*to = T(s)
	}
}

// raw reads anything as JSON.
func raw[T ~[]byte](to *T) func(string, *node) {
	return func(_ string, n *node) { *to = T(n.json()) }
}
