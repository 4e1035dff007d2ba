package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// A folder has a configuration file, its lock file, and binaries.
type folder struct {
	t            *testing.T
	dir          string
	config, lock string
}

func newFolder(t *testing.T, config string) *folder {
	t.Helper()
	dir := t.TempDir()
	f := &folder{t, dir, filepath.Join(dir, "operator.yaml"), filepath.Join(dir, "operator.lock.yaml")}
	f.write("operator.yaml", config)
	return f
}

func (f *folder) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), []byte(text), 0o700); err != nil {
		f.t.Fatal(err)
	}
}

func (f *folder) read() *Config {
	f.t.Helper()
	config, err := ReadConfig(f.config, environ("DIR=bin"))
	if err != nil {
		f.t.Fatal(err)
	}
	return config
}

// pin pins subjects and returns what changed, by subject.
func (f *folder) pin(names ...string) map[string]PinChange {
	f.t.Helper()
	pins, err := f.read().Pin(f.t.Context(), names...)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := pins.Write(); err != nil {
		f.t.Fatal(err)
	}
	changes := make(map[string]PinChange)
	for _, pin := range pins.List {
		changes[pin.Subject] = pin.Change
	}
	return changes
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func TestPin(t *testing.T) {
	f := newFolder(t, "subjects:\n  a: {plugin: ./a}\n  b: {plugin: \"./${DIR}\", insecure: true}\n  gone: {plugin: ./gone}\n")
	f.write("a", "one")
	f.write("bin", "two")

	if got := f.read().Subjects[0]; got.Trust() != TrustUnpinned || protocol.CodeOf(got.CheckTrust()) != protocol.PermissionDenied ||
		!strings.Contains(got.CheckTrust().Error(), "there is no "+f.lock) {
		t.Errorf("before: %s, %v", got.Trust(), got.CheckTrust())
	}
	if got := f.pin("b", "b"); !maps.Equal(got, map[string]PinChange{"b": PinNew}) {
		t.Errorf("b: %v", got)
	}
	if got := f.pin(); !maps.Equal(got, map[string]PinChange{"a": PinNew, "b": PinUnchanged, "gone": ""}) {
		t.Errorf("all: %v", got)
	}
	a, b, gone := f.read().Subjects[0], f.read().Subjects[1], f.read().Subjects[2]
	if a.SHA256 != sumOf("one") || a.Trust() != TrustPinned || a.CheckTrust() != nil {
		t.Errorf("a: %q, %s, %v", a.SHA256, a.Trust(), a.CheckTrust())
	}
	if b.SHA256 != "" || b.Trust() != TrustInsecure || b.CheckTrust() != nil {
		t.Errorf("b: %q, %s, %v", b.SHA256, b.Trust(), b.CheckTrust())
	}
	if gone.Trust() != TrustUnpinned || !strings.Contains(gone.CheckTrust().Error(), f.lock+" does not have it; 'operator --config "+f.config+" pin gone'") {
		t.Errorf("gone: %s, %v", gone.Trust(), gone.CheckTrust())
	}

	f.write("a", "three")
	f.write("operator.yaml", "subjects:\n  a: {plugin: ./a}\n")
	pins, err := f.read().Pin(t.Context())
	if err != nil || pins.Err() != nil || !pins.Changes() {
		t.Fatalf("%v, %v, %v", err, pins.Err(), pins.Changes())
	}
	want := []Pin{
		{Subject: "a", Plugin: filepath.Join(f.dir, "a"), Change: PinChanged, Old: sumOf("one"), New: sumOf("three")},
		{Subject: "b", Plugin: "./${DIR}", Change: PinRemoved, Old: sumOf("two")},
	}
	if diff := cmp.Diff(want, pins.List); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := f.read().Subjects[0].SHA256; got != sumOf("one") {
		t.Errorf("what was not written counts: %s", got)
	}
	if err := pins.Write(); err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(maps.Keys(readLock(f.lock).subjects)); !slices.Equal(got, []string{"a"}) {
		t.Errorf("what is left in the lock file: %v", got)
	}
	if _, err := f.read().Pin(t.Context(), "aa"); protocol.CodeOf(err) != protocol.NotFound {
		t.Errorf("an unknown subject: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.read().Pin(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestPinKeepsOtherPlatforms(t *testing.T) {
	lock := "version: 1\nsubjects:\n  a:\n    plugin: ./a\n    sha256:\n      plan9/arm: " + sumA + "\n"
	f := newFolder(t, "subjects: {a: {plugin: ./a}}")
	f.write("a", "one")
	f.write("operator.lock.yaml", lock)
	if err := f.read().Subjects[0].CheckTrust(); err == nil || !strings.Contains(err.Error(), "has it for plan9/arm only, and this is "+Platform()) {
		t.Errorf("another platform's: %v", err)
	}
	if got := f.pin(); got["a"] != PinNew {
		t.Errorf("%v", got)
	}
	want := map[string]string{"plan9/arm": sumA, Platform(): sumOf("one")}
	if diff := cmp.Diff(want, readLock(f.lock).subjects["a"].sums); diff != "" {
		t.Errorf("the same path (-want +got):\n%s", diff)
	}

	// The same file at another path is not known to be the same program elsewhere.
	f.write("operator.yaml", "subjects: {a: {plugin: .//a}}")
	err := f.read().Subjects[0].CheckTrust()
	if err == nil || !strings.Contains(err.Error(), `its path has changed since it was pinned: `+f.lock+`:7:5 has "./a", and `+f.config+` has ".//a"`) {
		t.Errorf("another path: %v", err)
	}
	if got := f.pin(); got["a"] != PinNew {
		t.Errorf("%v", got)
	}
	if diff := cmp.Diff(map[string]string{Platform(): sumOf("one")}, readLock(f.lock).subjects["a"].sums); diff != "" {
		t.Errorf("another path (-want +got):\n%s", diff)
	}
}

func TestPinRepairs(t *testing.T) {
	right := "  b:\n    plugin: ./b\n    sha256: {" + Platform() + ": " + sumOf("b") + "}\n"
	cases := map[string]struct {
		reason, lock string
		unpinned     string // what is said of subject b before it
		kept         bool   // b's checksum, while a is pinned
	}{
		"subject": {"what is wrong with one does not touch another", "version: 1\nsubjects:\n  a: {plugin: ./a, sha256: {x: y}}\n" + right, "", true},
		"field":   {"what is wrong beyond them is wrong for all", "version: 1\nsum: x\nsubjects:\n" + right, "sum: unknown field", true},
		"version": {"a file without a version", "subjects:\n" + right, "version: is missing", true},
		"syntax":  {"what cannot be read cannot be kept", "version: 1\nsubjects:\n" + right + "=======\n", "not YAML", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, "subjects: {a: {plugin: ./a}, b: {plugin: ./b}}")
			f.write("a", "a")
			f.write("b", "b")
			f.write("operator.lock.yaml", c.lock)
			err := f.read().Subjects[1].CheckTrust()
			if (err == nil) != (c.unpinned == "") || err != nil && !strings.Contains(err.Error(), c.unpinned) {
				t.Errorf("%s: b before: %v", c.reason, err)
			}
			pins, err := f.read().Pin(t.Context(), "a")
			if err != nil || pins.Repaired == nil || !pins.Changes() {
				t.Fatalf("%v, %v", err, pins)
			}
			if got := f.pin("a"); got["a"] != PinNew {
				t.Errorf("%v", got)
			}
			entries := f.read().Subjects
			if entries[0].Trust() != TrustPinned || (entries[1].Trust() == TrustPinned) != c.kept {
				t.Errorf("%s: a is %s, b is %s", c.reason, entries[0].Trust(), entries[1].Trust())
			}
			if got := readLock(f.lock).problems(); got != nil {
				t.Errorf("still wrong: %v", got)
			}
		})
	}
}

func TestPinLeavesForeignFilesAlone(t *testing.T) {
	for name, text := range map[string]string{
		"another version": "version: 2\n",
		"too large":       "version: 1\n" + strings.Repeat("# comment\n", maxFileBytes/10),
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, "subjects: {a: {plugin: ./a}, own: {plugin: ./a, sha256: "+sumA+"}, open: {plugin: ./a, insecure: true}}")
			f.write("a", "a")
			f.write("operator.lock.yaml", text)
			if _, err := f.read().Pin(t.Context()); protocol.CodeOf(err) != protocol.FailedPrecondition || !strings.Contains(err.Error(), f.lock) {
				t.Errorf("%v", err)
			}
			if data, err := os.ReadFile(f.lock); err != nil || string(data) != text {
				t.Errorf("it was changed: %.100q, %v", data, err)
			}
			// Those that do not need it do not mind.
			var trusts []Trust
			for _, e := range f.read().Subjects {
				trusts = append(trusts, e.Trust())
			}
			if want := []Trust{TrustUnpinned, TrustPinned, TrustInsecure}; !slices.Equal(trusts, want) {
				t.Errorf("got %v, want %v", trusts, want)
			}
		})
	}
}

func TestPinOfAChecksumInTheConfiguration(t *testing.T) {
	f := newFolder(t, "subjects:\n  same: {plugin: ./a, sha256: "+sumOf("a")+"}\n  other: {plugin: ./a, sha256: "+sumA+"}\n  wrong: {plugin: ./a, sha256: x}\n")
	f.write("a", "a")
	f.write("operator.lock.yaml", "version: 1\nsubjects: {other: {plugin: ./a, sha256: {"+Platform()+": "+sumOf("a")+"}}}")
	if got := f.read().Subjects[1].SHA256; got != sumA {
		t.Errorf("the lock file was asked: %s", got)
	}
	pins, err := f.read().Pin(t.Context())
	if err != nil || pins.Changes() {
		t.Fatalf("%v, %+v", err, pins)
	}
	path := filepath.Join(f.dir, "a")
	want := []Pin{
		{Subject: "same", Plugin: path, Change: PinUnchanged, Old: sumOf("a"), New: sumOf("a"), InConfig: true},
		{Subject: "other", Plugin: path, Old: sumA, New: sumOf("a"), InConfig: true},
		{Subject: "wrong", Plugin: path, New: sumOf("a"), InConfig: true},
	}
	if diff := cmp.Diff(want, pins.List, cmpopts.IgnoreFields(Pin{}, "Err")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	said := f.config + ":3:24: subjects.other.sha256: is " + sumA + ", and the binary's is " + sumOf("a") + ": only the lock file is written, so correct it here, or remove it\n" +
		f.config + `:4:24: subjects.wrong.sha256: want a SHA-256 in 64 hexadecimal digits, not "x"`
	if diff := cmp.Diff(said, pins.Err().Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
