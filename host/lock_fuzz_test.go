package host

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzLock reads any text as a lock file. Each thing that is wrong has its place
// in it; no checksum is kept that is none; and what is kept is the same when it
// is written and read again, also with any other path of a plugin.
func FuzzLock(f *testing.F) {
	const head = "version: 1\nsubjects:\n  a:\n    plugin: bin/queue\n    sha256: {linux/amd64: " + sumA + ", darwin/arm64: " + sumDigits + "}\n"
	for _, text := range []string{
		head, strings.ToUpper(head), head + "  b: {plugin: x, sha256: {linux/amd64: " + sumFloat + "}}\n", head + "<<<<<<< ours\n", "version: 2\n", "version: 1\n", "", "# x\n",
		head + "  a: {}\n", head + "  b: &b {plugin: ${X}}\n  c: *b\n", "version: 0x1\nsubjects: ~\n", "version: 1\nsubjects: {a: {plugin: \"\\0\", sha256: {a/b: ~}}}\n",
	} {
		f.Add(text, "bin/queue")
	}
	for _, path := range []string{"- ", "a\n\n b", "\u0085\u2028", "${DIR}/a b: #c\t\"'\\\u2028é日本\u200b", "true", "1e3", "~", "<<", " ", "\ufeff", "\x7f\x1b"} {
		f.Add(head, path)
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		l := parseLock("l.yaml", []byte(text))
		if err := l.problems(); err != nil {
			mustBePlaced(t, text, err)
		}
		for name, entry := range l.subjects {
			if !subjectName.MatchString(name) || entry.plugin == "" || len(entry.sums) == 0 || entry.line < 1 || entry.line > linesOf(text) {
				t.Fatalf("%q: kept %q, %+v", text, name, entry)
			}
			for platform, sum := range entry.sums {
				if !platformName.MatchString(platform) || !sum256.MatchString(sum) || strings.ToLower(sum) != sum {
					t.Fatalf("%q: kept the checksum %q for %q", text, sum, platform)
				}
			}
		}
		kept := &lock{file: l.file, subjects: map[string]locked{}}
		maps.Copy(kept.subjects, l.subjects)
		if path = strings.ToValidUTF8(path, ""); path != "" && !strings.ContainsRune(path, 0) {
			kept.subjects["other"] = locked{plugin: path, sums: map[string]string{"linux/amd64": sumA}}
		}
		data, err := kept.bytes()
		if err != nil {
			t.Fatal(err)
		}
		again := parseLock("l.yaml", data)
		if err := again.problems(); err != nil {
			t.Fatalf("%s\n%v", data, err)
		}
		if diff := cmp.Diff(kept.subjects, again.subjects, cmp.AllowUnexported(locked{}), cmpopts.IgnoreFields(locked{}, "line", "column")); diff != "" {
			t.Fatalf("%s\n(-want +got):\n%s", data, diff)
		}
	})
}
