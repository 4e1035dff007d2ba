package host

import (
	"fmt"
	"regexp"
	"slices"
)

// parseLock is readLock of data. It keeps what is right, whatever is wrong
// beside it.
func parseLock(file string, data []byte) *lock {
	b := &builder{file: file, empty: "the file is empty: it is no lock file"}
	root := b.parseYAML(data)
	p := &lockParser{parser: parser{file: file, problems: b.problems}}
	l := &lock{file: file, subjects: make(map[string]locked), wrong: make(map[string]error)}
	if root != nil {
		p.root(l, root)
	}
	if p.unknownVersion {
		l.subjects, l.foreign = nil, true
	}
	p.distribute(l)
	return l
}

// A lockParser makes a lock of values and collects what is wrong. In a lock
// file nothing is expanded: it says the same on every machine.
type lockParser struct {
	parser

	names          []string // of the subjects, also those with something wrong
	unknownVersion bool
}

// distribute tells what is wrong with the file from what is wrong with its
// subjects.
func (p *lockParser) distribute(l *lock) {
	var rest []Problem
	by := make(map[string][]Problem)
	for _, problem := range p.problems {
		i := slices.IndexFunc(p.names, func(name string) bool { return under(problem.Path, "subjects."+name) })
		if i < 0 {
			rest = append(rest, problem)
			continue
		}
		by[p.names[i]] = append(by[p.names[i]], problem)
	}
	for name, problems := range by {
		l.wrong[name] = configError(problems)
	}
	l.err = configError(rest)
}

var lockFields = []string{"version", "subjects"}

func (p *lockParser) root(l *lock, v *value) {
	if v.kind != kindObject {
		p.bad(v, "", "want a mapping of version and subjects, not %s", v.describe())
		return
	}
	version, ok := v.get("version")
	switch {
	case !ok:
		p.bad(v, "version", "is missing: it must be %s", lockVersion)
	case version.kind != kindNumber || version.literal != lockVersion:
		p.unknownVersion = true
		p.problems = nil // nobody knows what is right in another version
		p.bad(version, "version", "want %s, which is all that this operator knows, not %s: use the operator that wrote the file, or remove the file and pin anew",
			lockVersion, version.describe())
		return
	}
	for _, m := range v.members {
		switch m.key {
		case "version":
		case "subjects":
			p.subjects(l, m.value)
		default:
			p.unknown(m.key, m, lockFields)
		}
	}
}

func (p *lockParser) subjects(l *lock, v *value) {
	switch v.kind {
	case kindNull:
		return
	case kindObject:
	default:
		p.bad(v, "subjects", "want a mapping of names to subjects, not %s", v.describe())
		return
	}
	for _, m := range v.members {
		if !subjectName.MatchString(m.key) {
			p.bad(m.value, "subjects", "%s is no name for a subject", quote(m.key))
			continue
		}
		p.names = append(p.names, m.key)
		if entry, ok := p.subject("subjects."+m.key, m.value); ok {
			l.subjects[m.key] = entry
		}
	}
}

var lockedFields = []string{"plugin", "sha256"}

// subject reads what there is for one subject; ok tells whether it is of use.
func (p *lockParser) subject(path string, v *value) (entry locked, ok bool) {
	if v.kind != kindObject {
		p.bad(v, path, "want a mapping of plugin and sha256, not %s", v.describe())
		return entry, false
	}
	for _, m := range v.members {
		at := path + "." + m.key
		switch m.key {
		case "plugin":
			entry.plugin, _ = p.text(at, m.value)
			entry.line, entry.column = m.value.line, m.value.column
		case "sha256":
			entry.sums = p.sums(at, m.value)
		default:
			p.unknown(at, m, lockedFields)
		}
	}
	for _, field := range lockedFields {
		if _, has := v.get(field); !has {
			p.bad(v, path+"."+field, "is missing")
		}
	}
	return entry, entry.plugin != "" && len(entry.sums) > 0
}

var platformName = regexp.MustCompile(`^[a-z0-9_]{1,32}/[a-z0-9_]{1,32}$`)

func (p *lockParser) sums(path string, v *value) map[string]string {
	if v.kind != kindObject || len(v.members) == 0 {
		p.bad(v, path, "want a mapping of platforms to checksums, not %s", v.describe())
		return nil
	}
	sums := make(map[string]string, len(v.members))
	for _, m := range v.members {
		if !platformName.MatchString(m.key) {
			p.bad(m.value, path, "%s is no platform: want one such as linux/amd64", quote(m.key))
			continue
		}
		at := fmt.Sprintf("%s[%s]", path, m.key)
		if sum := p.sum(at, m.value); sum != "" {
			sums[m.key] = sum
		} else if m.value.kind == kindNull {
			p.bad(m.value, at, "want a SHA-256 in 64 hexadecimal digits, not nothing")
		}
	}
	return sums
}
