package host

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// pin sets the lock's checksum for an entry on this platform.
func (l *lock) pin(e Entry) Pin {
	p := Pin{Subject: e.Name, Plugin: e.Plugin, Insecure: e.Insecure}
	switch {
	case e.origin == nil:
		p.Err = protocol.Errorf(protocol.FailedPrecondition, "pin %s: it is in no configuration file, so in no lock file either: set the entry's SHA256", e.Name)
		return p
	case e.Plugin == "":
		p.Err = e.Err
		return p
	}
	p.InConfig = e.origin.sum != nil
	// A name is looked up once, so that what is shown is what was read.
	path, err := plugin.Resolve(e.Plugin)
	var sum string
	if err == nil {
		p.Plugin = path
		sum, err = plugin.Checksum(path)
	}
	if err != nil {
		p.Err = fmt.Errorf("pin %s: %w", e.Name, e.explain(err))
		return p
	}
	p.New = sum
	if p.InConfig {
		p.Old, p.Change, p.Err = e.SHA256, PinUnchanged, e.own(sum)
		if p.Err != nil {
			p.Change = ""
		}
		return p
	}
	was := l.subjects[e.Name]
	p.Old = was.sums[Platform()]
	now := locked{plugin: e.origin.plugin, sums: map[string]string{Platform(): sum}}
	if was.plugin == now.plugin { // the other platforms' are of the same program
		maps.Copy(now.sums, was.sums)
		now.sums[Platform()] = sum
	}
	counted := l.err == nil && l.wrong[e.Name] == nil && was.plugin == now.plugin
	switch {
	case p.Old != "" && p.Old != sum:
		p.Change = PinChanged
	case p.Old == "" || !counted:
		p.Change = PinNew
	default:
		p.Change = PinUnchanged
	}
	l.subjects[e.Name] = now
	return p
}

// own compares a binary's checksum with the one that the configuration file has
// itself, which is a person's to correct.
func (e Entry) own(sum string) error {
	switch e.SHA256 {
	case sum:
		return nil
	case "": // not a checksum
		return e.Err
	}
	return &ConfigError{Problems: []Problem{{
		File: e.origin.file, Line: e.origin.sum.line, Column: e.origin.sum.column, Path: e.origin.path + ".sha256",
		Message: fmt.Sprintf("is %s, and the binary's is %s: only the lock file is written, so correct it here, or remove it", e.SHA256, sum),
	}}}
}

// prune removes what the lock has for subjects that are none of these.
func (l *lock) prune(names []string) []Pin {
	var pins []Pin
	for _, name := range slices.Sorted(maps.Keys(l.subjects)) {
		if !slices.Contains(names, name) {
			entry := l.subjects[name]
			pins = append(pins, Pin{Subject: name, Plugin: entry.plugin, Change: PinRemoved, Old: entry.sums[Platform()]})
			delete(l.subjects, name)
		}
	}
	return pins
}

// problems is everything that is wrong with the lock file.
func (l *lock) problems() error {
	var problems []Problem
	add := func(err error) {
		if ce, ok := errors.AsType[*ConfigError](err); ok {
			problems = append(problems, ce.Problems...)
		}
	}
	add(l.err)
	for _, name := range slices.Sorted(maps.Keys(l.wrong)) {
		add(l.wrong[name])
	}
	return configError(problems)
}
