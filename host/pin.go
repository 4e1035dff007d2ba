package host

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// PinChange is what pinning a subject changes in the lock file.
type PinChange string

// The changes.
const (
	// PinNew: there was no checksum, or none that counted.
	PinNew PinChange = "new"
	// PinUnchanged: the checksum is the one that was pinned.
	PinUnchanged PinChange = "unchanged"
	// PinChanged: it is another.
	PinChanged PinChange = "changed"
	// PinRemoved: the configuration has no such subject any more.
	PinRemoved PinChange = "removed"
)

// A Pin is what pinning one subject comes to.
type Pin struct {
	Subject string
	// Plugin is the path of the binary; where none was found, what [Entry] has.
	Plugin string
	// Change is empty where Err is not nil.
	Change PinChange
	// Old is what was pinned for this platform, also where it did not count
	// because it was pinned for another path. It is empty if nothing was.
	Old string
	// New is the checksum of the binary that is there now.
	New string
	// Insecure tells that the plugin is started whatever its checksum is.
	Insecure bool
	// InConfig tells that the configuration file has the checksum itself. The
	// lock file is then neither read nor written for this subject.
	InConfig bool
	// Err is why the subject cannot be pinned, nil if it can.
	Err error
}

// Pins are what pinning subjects comes to. Nothing is written before Write.
type Pins struct {
	// File is the lock file.
	File string
	// List are the pins, one for each subject.
	List []Pin
	// Repaired is what is wrong with the lock file as it is, and put right by
	// Write: nothing that is wrong in it is kept. Nil if nothing is.
	Repaired error

	config string
	lock   *lock
}

// Pin computes the checksums of the named subjects' binaries, or of all
// subjects', and compares them with those in the lock file. No binary is
// started, and nothing is written before [Pins.Write]. With all of them, what
// the lock file has for subjects that are no more is removed too.
//
// What is wrong with one subject is in its Pin. The error is for an unknown
// subject, for a lock file that must not be written over, which is one that
// cannot be read or has a version that is not known, and for a context that
// ends between two subjects.
func (c *Config) Pin(ctx context.Context, names ...string) (*Pins, error) {
	var entries []Entry
	for i, name := range names {
		entry, err := c.Entry(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names[:i], name) {
			entries = append(entries, entry)
		}
	}
	all := len(names) == 0
	if all {
		entries = c.Subjects
	}
	l := readLock(LockFile(c.Path))
	if err := l.pinnable(); err != nil {
		return nil, err
	}
	pins := &Pins{File: l.file, Repaired: l.problems(), config: c.Path, lock: l}
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("pin: %w", err)
		}
		pins.List = append(pins.List, l.pin(entry))
	}
	if all {
		pins.List = append(pins.List, l.prune(c.Names())...)
	}
	return pins, nil
}

// Changes tells whether Write would write anything.
func (p *Pins) Changes() bool {
	return p.Repaired != nil || slices.ContainsFunc(p.List, func(pin Pin) bool {
		return pin.Err == nil && pin.Change != PinUnchanged
	})
}

// Err returns what is wrong with those subjects that cannot be pinned, nil if
// all can.
func (p *Pins) Err() error {
	errs := make([]error, len(p.List))
	for i, pin := range p.List {
		errs[i] = pin.Err
	}
	return errors.Join(errs...)
}

// Write writes the lock file where anything changes, as a whole or not at all:
// when it fails, the file is as it was. Subjects with an Err stay as they are
// in it.
func (p *Pins) Write() error {
	if !p.Changes() {
		return nil
	}
	if err := p.lock.write(p.config); err != nil {
		return protocol.Errorf(protocol.FailedPrecondition, "pin: %w; nothing was pinned", err)
	}
	return nil
}
