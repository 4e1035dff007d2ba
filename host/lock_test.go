package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestLockFile(t *testing.T) {
	for config, want := range map[string]string{
		"operator.yaml":       "operator.lock.yaml",
		"x.yml":               "x.lock.yml",
		"dir/prod.v2.yaml":    "dir/prod.v2.lock.yaml",
		"/etc/op/config":      "/etc/op/config.lock",
		"/etc/op.d/.operator": "/etc/op.d/.operator.lock",
	} {
		if got := LockFile(filepath.FromSlash(config)); got != filepath.FromSlash(want) {
			t.Errorf("%s: got %s, want %s", config, got, want)
		}
	}
}

func TestLockRoundTrip(t *testing.T) {
	l := &lock{file: filepath.Join(t.TempDir(), "operator.lock.yaml"), subjects: map[string]locked{
		"orders": {plugin: "bin/queue", sums: map[string]string{"linux/amd64": sumA, "darwin/arm64": sumDigits}},
		"null":   {plugin: "true", sums: map[string]string{"linux/amd64": sumFloat}},
		"1":      {plugin: "${DIR}/a b: #c\t\"'\\\u2028é日本\u200b", sums: map[string]string{"windows/386": sumA}},
		"long":   {plugin: strings.Repeat("word ", 100), sums: map[string]string{"linux/amd64": sumA}},
	}}
	if err := l.write("some/operator.yaml"); err != nil {
		t.Fatal(err)
	}
	got := readLock(l.file)
	if diff := cmp.Diff(l, got, cmp.AllowUnexported(lock{}, locked{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(locked{}, "line", "column")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	first, err := os.ReadFile(l.file)
	if err != nil {
		t.Fatal(err)
	}
	if err := got.write("some/operator.yaml"); err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(l.file); err != nil || string(first) != string(second) {
		t.Errorf("the same lock, written again (%v):\n%s", err, second)
	}
	if info, err := os.Stat(l.file); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	want := `# The SHA-256 of each plugin that operator.yaml names, by platform. A plugin
# whose binary has another is not started. This file is written by 'operator pin';
# commit it together with operator.yaml.
version: 1
subjects:
  '1':
`
	if !strings.HasPrefix(string(first), want) {
		t.Errorf("it begins:\n%s", first)
	}
}

func TestALockTooLargeToReadIsNotWritten(t *testing.T) {
	l := &lock{file: filepath.Join(t.TempDir(), "operator.lock.yaml"), subjects: map[string]locked{}}
	for i := range 20 {
		l.subjects[fmt.Sprintf("s%d", i)] = locked{plugin: strings.Repeat("x", maxFileBytes/20), sums: map[string]string{"linux/amd64": sumA}}
	}
	if err := l.write("operator.yaml"); err == nil || !strings.Contains(err.Error(), "would be larger") {
		t.Errorf("%v", err)
	}
	if l = readLock(l.file); !l.missing {
		t.Errorf("it was written: %v", l.problems())
	}
}

func TestParseLockFindsWhatIsWrong(t *testing.T) {
	const head = "version: 1\nsubjects:\n  a:\n    plugin: x\n    sha256: {linux/amd64: " + sumA + "}\n"
	cases := map[string]struct {
		reason, in, want string
		kept             bool // what is there for subject a
		foreign          bool
	}{
		"right":   {"nothing is wrong", head, "", true, false},
		"nothing": {"a lock may be of nothing", "version: 1\n", "", false, false},
		"empty":   {"an empty file is no lock", "", "l.yaml: the file is empty: it is no lock file", false, false},
		"syntax":  {"as a merge leaves it behind", head + "<<<<<<< ours\n", "l.yaml:7:1: not YAML: could not find expected ':'", false, false},
		"list":    {"a lock is a mapping", "[1]", "l.yaml:1:1: want a mapping of version and subjects, not a list", false, false},
		"no version": {
			"it could be anything", strings.TrimPrefix(head, "version: 1\n"),
			"l.yaml:1:1: version: is missing: it must be 1", true, false,
		},
		"version": {
			"another version may mean anything", "version: 2\nsubjects: []\nsums: 1\n",
			"l.yaml:1:1: version: want 1, which is all that this operator knows, not 2: use the operator that wrote the file, or remove the file and pin anew", false, true,
		},
		"field":    {"what is not understood is not passed over", head + "sum: 1\n", "l.yaml:6:1: sum: unknown field; want one of version, subjects", true, false},
		"subjects": {"they have names", "version: 1\nsubjects: [a]\n", "l.yaml:2:1: subjects: want a mapping of names to subjects, not a list", false, false},
		"name":     {"names are those that operator.yaml may have", head + "  a b: {}\n", "l.yaml:6:3: subjects: \"a b\" is no name for a subject", true, false},
		"twice":    {"as a merge makes it", head + "  a: {}\n", "l.yaml:6:3: subjects.a: is here twice; it is already in line 3", true, false},
		"subject": {"of everything that is wrong", head + "  b: 1\n  c: {sums: {}}\n", `the configuration has 4 problems:
  l.yaml:6:3: subjects.b: want a mapping of plugin and sha256, not 1
  l.yaml:7:3: subjects.c.plugin: is missing
  l.yaml:7:3: subjects.c.sha256: is missing
  l.yaml:7:7: subjects.c.sums: unknown field; want one of plugin, sha256`, true, false},
		"no sums":  {"a subject without a checksum is not pinned", head + "  b: {plugin: x, sha256: {}}\n", "l.yaml:6:18: subjects.b.sha256: want a mapping of platforms to checksums, not a mapping", true, false},
		"platform": {"a platform has a form", head + "  b: {plugin: x, sha256: {Linux: " + sumA + "}}\n", "l.yaml:6:27: subjects.b.sha256: \"Linux\" is no platform: want one such as linux/amd64", true, false},
		"sum": {"so has a checksum", head + "  b: {plugin: x, sha256: {linux/amd64: abc, linux/arm64: }}\n", `the configuration has 2 problems:
  l.yaml:6:27: subjects.b.sha256[linux/amd64]: want a SHA-256 in 64 hexadecimal digits, not "abc"
  l.yaml:6:45: subjects.b.sha256[linux/arm64]: want a SHA-256 in 64 hexadecimal digits, not nothing`, true, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := parseLock("l.yaml", []byte(c.in))
			got := ""
			if err := l.problems(); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
			if _, kept := l.subjects["a"]; kept != c.kept || l.foreign != c.foreign {
				t.Errorf("%s: kept is %v, foreign is %v", c.reason, kept, l.foreign)
			}
		})
	}
}

func TestLockFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	if l := readLock(filepath.Join(dir, "none")); !l.missing || l.problems() != nil {
		t.Errorf("none: %+v", l)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, maxFileBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{dir: "is no regular file", large: "is larger than"} {
		if l := readLock(file); !l.foreign || l.err == nil || !strings.Contains(l.err.Error(), want) {
			t.Errorf("%s: %+v", file, l)
		}
	}
}

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "l.yaml")
	read := func() string {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".tmp") {
				t.Errorf("%s is left behind", e.Name())
			}
		}
		return string(data)
	}
	write := func(text string) error {
		return replaceFile(file, 0o644, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		})
	}
	if err := write("one"); err != nil || read() != "one" {
		t.Fatalf("a new file: %v", err)
	}
	if err := write("two"); err != nil || read() != "two" {
		t.Fatalf("another: %v", err)
	}

	t.Run("symbolic link", func(t *testing.T) {
		if err := os.Mkdir(filepath.Join(dir, "real"), 0o700); err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(dir, "real", "target.yaml")
		if err := errors.Join(os.Rename(file, target), os.Symlink(target, file)); err != nil {
			t.Fatal(err)
		}
		if err := write("three"); err != nil || read() != "three" {
			t.Fatalf("through a link: %v", err)
		}
		if info, err := os.Lstat(file); err != nil || info.Mode().Type() != os.ModeSymlink {
			t.Errorf("the link is no more: %v, %v", info, err)
		}
		if err := os.Remove(target); err != nil {
			t.Fatal(err)
		}
		if err := write("four"); err == nil || !strings.Contains(err.Error(), "a symbolic link to nothing") {
			t.Errorf("through a link to nothing: %v", err)
		}
	})
}

func TestAFailedWriteLeavesTheOld(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "l.yaml")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left")
	err := replaceFile(file, 0o644, func(w io.Writer) error {
		_, err := io.WriteString(w, "half of the n")
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "old" {
		t.Errorf("%q, %v", data, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("there are %v, %v", entries, err)
	}
}
