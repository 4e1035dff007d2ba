package render

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/schema"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A suggestion is a command that may repair something.
type suggestion struct {
	command string
	repairs []string // invariants
	spec    protocol.ActionSpec
}

// suggestions writes, for what is broken, the actions that can make it hold
// again, as commands to run.
func (p *Printer) suggestions(name string, def protocol.Definition, o protocol.Observation) {
	list := p.suggest(name, def, o)
	if len(list) == 0 {
		return
	}
	p.title("MAY REPAIR")
	for _, s := range first(list, stateRows) {
		p.line("  ", Prose(s.command)) // not cut: it is to be copied
		about := "repairs " + strings.Join(s.repairs, ", ") + "; " + Prose(string(s.spec.Risk)) + " risk"
		if s.spec.RequiresApproval {
			about += ", asks for approval"
		}
		p.line("      ", p.paint(dim, about))
	}
	p.more(2, len(list)-stateRows)
}

func (p *Printer) suggest(name string, def protocol.Definition, o protocol.Observation) []*suggestion {
	var list []*suggestion
	seen := make(map[string]*suggestion)
	for _, v := range worstFirst(o.Violations) {
		inv, _ := def.Invariant(v.Invariant)
		for _, spec := range def.Actions {
			if !slices.Contains(spec.Repairs, v.Invariant) {
				continue
			}
			command := p.command("act", name, spec.Name)
			command += arguments(spec, inv.Entity, v.Entity)
			s := seen[command]
			if s == nil {
				s = &suggestion{command: command, spec: spec}
				seen[command], list = s, append(list, s)
			}
			if !slices.Contains(s.repairs, v.Invariant) {
				s.repairs = append(s.repairs, v.Invariant)
			}
		}
	}
	return list
}

// command is a command line of this program.
func (p *Printer) command(args ...string) string {
	args = slices.Concat(p.opts.Command, args)
	parts := make([]string, 0, len(args))
	for _, arg := range args {
		parts = append(parts, shellQuote(arg))
	}
	return strings.Join(parts, " ")
}

// arguments are an action's required parameters, with the violation's entity
// where it belongs, and with what has to be filled in otherwise.
func arguments(spec protocol.ActionSpec, kind, entity string) string {
	params, err := schema.Parse(spec.Params)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, param := range params.Properties() {
		switch {
		case param.Name == kind && entity != "":
			b.WriteString(" " + argument(param.Name, entity))
		case param.Required:
			b.WriteString(" " + shellQuote(param.Name) + "=" + placeholder(param.Schema.Type()))
		}
	}
	return b.String()
}

func placeholder(kind string) string {
	return strings.ToUpper(strings.ReplaceAll(kind, " ", "_"))
}

// maxArgument is how long an argument a person may be asked to paste.
const maxArgument = 1000

// argument is key=value for a shell. What a shell or a terminal cannot take as
// it is becomes JSON, and what is too long a file.
func argument(key, value string) string {
	switch {
	case len(value) > maxArgument:
		return shellQuote(key) + "=@FILE"
	case value == "" || value[0] == '@' || !allPrintable(value):
		quoted, err := json.Marshal(value)
		if err != nil { // a string always has a JSON form
			return shellQuote(key) + "=@FILE"
		}
		return shellQuote(key) + ":=" + shellQuote(string(document.Escape(ascii(quoted))))
	default:
		return shellQuote(key) + "=" + shellQuote(value)
	}
}

// ascii escapes what document.Escape takes for printable and this package does
// not.
func ascii(data []byte) []byte {
	var b strings.Builder
	for _, r := range string(data) {
		if strconv.IsPrint(r) && !printable(r) {
			q := strconv.QuoteRuneToASCII(r)
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return []byte(b.String())
}

var shellSafe = regexp.MustCompile(`^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$`)

// shellQuote quotes an argument for a POSIX shell, if it needs it.
func shellQuote(s string) string {
	if shellSafe.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
