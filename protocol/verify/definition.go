package verify

import (
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// definition reports what is wrong with a declaration but for its schemas. The
// bounds come first: what is beyond them is not worth looking at.
func (p *problems) definition(def protocol.Definition) {
	if n := len(def.Invariants); n > MaxInvariants {
		p.add("invariants", "are %d, and may be %d at most", n, MaxInvariants)
	}
	if n := len(def.Actions); n > MaxActions {
		p.add("actions", "are %d, and may be %d at most", n, MaxActions)
	}
	for i, a := range def.Actions[:min(len(def.Actions), MaxActions)] {
		if n := len(a.Repairs); n > MaxRepairs {
			p.add(of("actions", i, "repairs"), "are %d, and may be %d at most", n, MaxRepairs)
		}
		if n := len(a.Params); n > MaxSchemaBytes {
			p.add(of("actions", i, "params"), "has %d bytes, and may have %d at most", n, MaxSchemaBytes)
		}
	}
	for path, schema := range map[string][]byte{"config_schema": def.ConfigSchema, "state_schema": def.StateSchema} {
		if n := len(schema); n > MaxSchemaBytes {
			p.add(path, "has %d bytes, and may have %d at most", n, MaxSchemaBytes)
		}
	}
	if n := textBytes(def); n > MaxTextBytes {
		p.add("", "its texts have %d bytes together, and may have %d at most", n, MaxTextBytes)
	}
	if p.count() > 0 {
		return
	}
	err := def.Validate()
	if err == nil {
		return
	}
	all, ok := err.(interface{ Unwrap() []error }) // Validate joins them
	if !ok {
		p.add("", "%v", err)
		return
	}
	for _, one := range all.Unwrap() {
		path, message, _ := strings.Cut(one.Error(), ": ")
		p.add(path, "%s", message)
	}
}

func textBytes(def protocol.Definition) int {
	n := len(def.Name) + len(def.Version) + len(def.Summary) + len(def.Guide)
	for _, inv := range def.Invariants {
		n += len(inv.Name) + len(inv.Summary) + len(inv.Entity) + len(inv.Severity)
	}
	for _, a := range def.Actions {
		n += len(a.Name) + len(a.Summary) + len(a.Risk)
		for _, r := range a.Repairs {
			n += len(r)
		}
	}
	return n
}

// Same reports what a configured definition has otherwise than the described
// one. A configuration bears on severities, grace periods and the like, not on
// what there is: name, version, and the names of invariants and actions, in
// their order. The error is Internal and names each field.
func Same(described, configured protocol.Definition) error {
	var p problems
	same := func(path, want, got string) {
		if want != got {
			p.add(path, "is %s, and was described as %s", quote(got), quote(want))
		}
	}
	same("name", described.Name, configured.Name)
	same("version", described.Version, configured.Version)
	names := func(path string, want, got []string) {
		if len(want) != len(got) {
			p.add(path, "are %d, and were described as %d", len(got), len(want))
			return
		}
		for i := range want {
			same(of(path, i, "name"), want[i], got[i])
		}
	}
	names("invariants", invariantNames(described), invariantNames(configured))
	names("actions", actionNames(described), actionNames(configured))
	return p.err(protocol.Internal, "the configured definition is not the described one")
}

func invariantNames(def protocol.Definition) []string {
	names := make([]string, len(def.Invariants))
	for i, inv := range def.Invariants {
		names[i] = inv.Name
	}
	return names
}

func actionNames(def protocol.Definition) []string {
	names := make([]string, len(def.Actions))
	for i, a := range def.Actions {
		names[i] = a.Name
	}
	return names
}
