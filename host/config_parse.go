package host

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A parser makes a Config of values and collects what is wrong.
type parser struct {
	file     string
	problems []Problem
}

func (p *parser) bad(v *value, path, format string, args ...any) {
	p.problems = append(p.problems, Problem{
		File: p.file, Line: v.line, Column: v.column, Path: path, Message: fmt.Sprintf(format, args...),
	})
}

// distribute gives each entry what is wrong with it, and tells whether anything
// is wrong beyond the entries.
func (p *parser) distribute(config *Config) (fatal bool) {
	own, block := make(map[string][]Problem), make(map[string][]Problem)
	for _, problem := range p.problems {
		owner := -1
		for i, e := range config.Subjects {
			if under(problem.Path, "subjects."+e.Name) {
				owner = i
			}
		}
		switch {
		case owner < 0:
			fatal = true
		case under(problem.Path, "subjects."+config.Subjects[owner].Name+".config"):
			block[config.Subjects[owner].Name] = append(block[config.Subjects[owner].Name], problem)
		default:
			own[config.Subjects[owner].Name] = append(own[config.Subjects[owner].Name], problem)
		}
	}
	for i, e := range config.Subjects {
		config.Subjects[i].Err = configError(own[e.Name])
		config.Subjects[i].ConfigErr = configError(block[e.Name])
	}
	return fatal
}

// under tells whether path leads to base or into it.
func under(path, base string) bool {
	rest, ok := strings.CutPrefix(path, base)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func (p *parser) root(v *value) []Entry {
	if v.kind != kindObject {
		p.bad(v, "", "want a mapping with \"subjects:\", not %s", v.kind)
		return nil
	}
	var entries []Entry
	found := false
	for _, m := range v.members {
		if m.key != "subjects" {
			p.bad(m.value, m.key, "unknown field%s; want subjects", didYouMean(m.key, []string{"subjects"}))
			continue
		}
		found = true
		entries = p.subjects(m.value)
	}
	if !found {
		p.bad(v, "subjects", "is missing: it must say which subjects there are")
	}
	return entries
}

// subjectName keeps names typeable, and paths that contain them unambiguous.
var subjectName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func (p *parser) subjects(v *value) []Entry {
	if v.kind != kindObject {
		p.bad(v, "subjects", "want a mapping of names to subjects, not %s", v.kind)
		return nil
	}
	if len(v.members) == 0 {
		p.bad(v, "subjects", "is empty: it must name at least one subject")
	}
	var entries []Entry
	for _, m := range v.members {
		if !subjectName.MatchString(m.key) {
			p.bad(m.value, "subjects", "%s is no name for a subject: want at most 64 letters, digits, _ and -", quote(m.key))
			continue
		}
		entries = append(entries, p.entry(m.key, m.value))
	}
	return entries
}

var entryFields = []string{
	"plugin", "args", "env", "sha256", "insecure", "mtls", "max_message", "limits", "restarts", "interval", "timeout", "config",
}

func (p *parser) entry(name string, v *value) Entry {
	path := "subjects." + name
	e := Entry{Name: name, Interval: DefaultInterval, Timeout: DefaultTimeout, origin: newOrigin(p.file, path, v)}
	if v.kind != kindObject {
		p.bad(v, path, "want a mapping with at least \"plugin:\", not %s", v.kind)
		return e
	}
	for _, m := range v.members {
		at := path + "." + m.key
		switch m.key {
		case "plugin":
			e.Plugin = p.plugin(at, m.value)
		case "args":
			e.Args = p.texts(at, m.value)
		case "env":
			e.Env = p.env(at, m.value)
		case "sha256":
			e.SHA256 = p.sum(at, m.value)
		case "insecure":
			e.Insecure = p.boolean(at, m.value, false)
		case "mtls":
			e.DisableMTLS = !p.boolean(at, m.value, true)
		case "max_message":
			e.MaxMessage = p.messageSize(at, m.value)
		case "limits":
			e.Limits = p.limits(at, m.value)
		case "restarts":
			e.Restarts = p.restarts(at, m.value)
		case "interval":
			e.Interval = p.duration(at, m.value, MinInterval, e.Interval)
		case "timeout":
			e.Timeout = p.duration(at, m.value, time.Millisecond, e.Timeout)
		case "config":
			switch m.value.kind {
			case kindObject:
				e.Config = m.value.appendJSON(nil)
			case kindNull:
			default:
				p.bad(m.value, at, "want a mapping, not %s", m.value.kind)
			}
		default:
			p.unknown(at, m, entryFields)
		}
	}
	if !slices.ContainsFunc(v.members, func(m *member) bool { return m.key == "plugin" }) {
		p.bad(v, path+".plugin", "is missing: it must say where the subject's binary is")
	}
	return e
}

// unknown says that a field is none of those that there are.
func (p *parser) unknown(path string, m *member, fields []string) {
	p.bad(m.value, path, "unknown field%s; want one of %s", didYouMean(m.key, fields), strings.Join(fields, ", "))
}

func (p *parser) plugin(path string, v *value) string {
	text, ok := p.text(path, v)
	switch {
	case !ok:
		return ""
	case text == "":
		p.bad(v, path, "is empty: it must say where the subject's binary is")
		return ""
	case !strings.ContainsRune(text, '/') && !strings.ContainsRune(text, filepath.Separator) || filepath.IsAbs(text):
		return text
	}
	// Absolute, so that what was a path is never looked up in PATH.
	abs, err := filepath.Abs(filepath.Join(filepath.Dir(p.file), text))
	if err != nil {
		p.bad(v, path, "cannot be made absolute: %v", err)
	}
	return abs
}

// text accepts strings, and numbers and booleans as they were written.
func (p *parser) text(path string, v *value) (string, bool) {
	text := v.text
	switch v.kind {
	case kindString:
	case kindNumber, kindBool:
		text = v.literal
	default:
		p.bad(v, path, "want a string, not %s", v.describe())
		return "", false
	}
	if strings.ContainsRune(text, 0) {
		p.bad(v, path, "holds a NUL byte, which no process can be given")
		return "", false
	}
	return text, true
}

func (p *parser) texts(path string, v *value) []string {
	if v.kind == kindNull {
		return nil
	}
	if v.kind != kindArray {
		p.bad(v, path, "want a list of strings, not %s", v.describe())
		return nil
	}
	var out []string
	for i, item := range v.items {
		if text, ok := p.text(fmt.Sprintf("%s[%d]", path, i), item); ok {
			out = append(out, text)
		}
	}
	return out
}

func (p *parser) env(path string, v *value) []string {
	env := p.texts(path, v)
	for i, text := range env {
		if name, _, _ := strings.Cut(text, "="); !envName.MatchString(name) {
			p.bad(v, fmt.Sprintf("%s[%d]", path, i), "want NAME to pass a variable on, or NAME=value")
		}
	}
	return env
}

func (p *parser) duration(path string, v *value, least, fallback time.Duration) time.Duration {
	if v.kind == kindNull {
		return fallback
	}
	d, err := time.ParseDuration(v.text)
	switch {
	case v.kind != kindString || err != nil:
		p.bad(v, path, "want a duration such as 500ms, 5s or 1m30s, not %s", v.describe())
	case d < least:
		p.bad(v, path, "want at least %s, not %s", least, v.describe())
	default:
		return d
	}
	return fallback
}
