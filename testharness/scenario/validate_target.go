package scenario

import (
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// lay has the system tell what there will be, where it can and the topology is one.
func (c *checker) lay() {
	if c.system.Layout == nil || slices.ContainsFunc(c.fields, func(f protocol.FieldError) bool { return under(f.Path, "topology") }) {
		return
	}
	layout, err := c.system.Layout(c.sc.Topology)
	if err != nil {
		c.bad("topology", "%s", failure.Line(strings.TrimPrefix(err.Error(), "topology: ")))
		return
	}
	c.layout, c.laid = layout, true
}

// target checks what a fault is done to: that it is something, and that there is
// such a thing in the scenario's topology.
func (c *checker) target(path string, kind stack.Kind, on string) {
	switch kind.On {
	case stack.OnPart:
		c.part(path, kind, on)
	case stack.OnLink, stack.OnHTTPLink:
		for link := range strings.SplitSeq(on, ",") {
			if !c.link(path, kind, strings.TrimSpace(link)) {
				break
			}
		}
	case stack.OnNothing:
		if on != "" {
			c.bad(path, "%s is not done to anything that can be named here", kind.Name)
		}
	}
}

func (c *checker) part(path string, kind stack.Kind, on string) {
	switch on {
	case "":
		c.bad(path, "is missing: %s is done to a part, such as redis", kind.Name)
	case PluginPart:
		if !c.overBinary() {
			c.bad(path, "the plugin is a process over one transport only: want transports: [%s]", Binary)
		}
	case HostPart:
		if !c.sc.Host {
			c.bad(path, "there is no host: want host: true")
		}
	default:
		c.parts(path, kind, on)
	}
}

// parts checks names of the stack's own parts.
func (c *checker) parts(path string, kind stack.Kind, on string) {
	if !c.laid {
		return
	}
	there, single := c.layout.PartsFor(kind.Name)
	if single {
		oneOf(c, path, "part to which "+kind.Name+" is done", on, there)
		return
	}
	names := strings.Split(on, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
		if slices.Contains(names[:i], names[i]) {
			c.bad(path, "%s is named twice", failure.Quote(names[i]))
			continue
		}
		// Those of the runner cannot be hurt together with others, but can be meant.
		all := there
		if len(names) == 1 && c.overBinary() {
			all = append(all, PluginPart)
		}
		if len(names) == 1 && c.sc.Host {
			all = append(all, HostPart)
		}
		oneOf(c, path, "part", names[i], all)
	}
}

// overBinary tells whether the plugin is a process in every run.
func (c *checker) overBinary() bool { return slices.Equal(c.sc.Transports, []Transport{Binary}) }

// link checks one pattern of links. What is no pattern at all is said once.
func (c *checker) link(path string, kind stack.Kind, pattern string) bool {
	from, to, ok := strings.Cut(pattern, "->")
	if !ok || from == "" || to == "" || strings.Contains(to, "->") {
		c.bad(path, "%s is done to a link: want FROM->TO, such as operator->redis, where either may be *, or several with commas between", kind.Name)
		return false
	}
	if !c.laid {
		return true
	}
	what, http := "link", kind.On == stack.OnHTTPLink
	if http {
		what = "link that carries HTTP"
	}
	there := c.layout.LinkNames(http)
	if !slices.ContainsFunc(there, func(name string) bool { return network.Matches(pattern, name) }) {
		oneOf(c, path, what, pattern, there)
	}
	return true
}
