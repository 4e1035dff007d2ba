package scenarios_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/bugs"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenarios"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/standing"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems"
)

var update = flag.Bool("update", false, "write the README's tables anew")

var readme = filepath.Join("..", "README.md")

// The README's tables are what the code says.
func TestReadmeTables(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	got := text
	for name, table := range map[string]string{"rules": rulesTable(), "bugs": bugsTable(), "faults": faultsTable()} {
		place := regexp.MustCompile(`(?s)(<!-- ` + name + `: [^\n]*-->\n).*?(<!-- end -->)`)
		if len(place.FindAllIndex(got, -1)) != 1 {
			t.Fatalf("there is no place for the table %s", name)
		}
		got = place.ReplaceAllFunc(got, func(old []byte) []byte {
			begin, _, _ := bytes.Cut(old, []byte("\n"))
			return fmt.Appendf(nil, "%s\n%s<!-- end -->", begin, table)
		})
	}
	if *update {
		if err := os.WriteFile(readme, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(text), string(got)); diff != "" {
		t.Errorf("the tables of the README are not what the code says; run the test with -update (-readme +code):\n%s", diff)
	}
}

func rulesTable() string {
	rows := []string{"| | rule | what must be so |", "|---|---|---|"}
	for _, r := range standing.Rules() {
		rows = append(rows, fmt.Sprintf("| %d | `%s` | %s |", r.Number, r.Name, plain(r.Summary)))
	}
	return strings.Join(rows, "\n") + "\n"
}

func bugsTable() string {
	rows := []string{"| bug | in the subject for | what it is | caught by |", "|---|---|---|---|"}
	for _, b := range bugs.All() {
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | `%s` |", b.Name, b.System, plain(b.Summary), b.CaughtBy))
	}
	return strings.Join(rows, "\n") + "\n"
}

// faultsTable has each kind once, with the systems that know it.
func faultsTable() string {
	rows := []string{"| kind | on | systems | what it does |", "|---|---|---|---|"}
	type kind struct{ name, on, summary string }
	var kinds []kind
	known := make(map[kind][]string)
	for _, s := range systems.All() {
		for _, k := range s.Kinds {
			one := kind{k.Name, strings.ReplaceAll(string(k.On), "_", " "), plain(k.Summary)}
			if known[one] == nil {
				kinds = append(kinds, one)
			}
			known[one] = append(known[one], s.Name)
		}
	}
	for _, k := range kinds {
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s | %s |", k.name, k.on, strings.Join(known[k], ", "), k.summary))
	}
	return strings.Join(rows, "\n") + "\n"
}

// plain is text for a cell of a table.
func plain(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// The scenario in the README is one.
func TestReadmeScenario(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(examples) != 1 {
		t.Fatalf("%d scenarios", len(examples))
	}
	if _, err := scenario.Parse("README.md", examples[0][1], systems.All()); err != nil {
		t.Error(err)
	}
}

// Every package that the README names is there, and so is every file.
func TestReadmeLinks(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(string(m[1])))); err != nil {
			t.Error(err)
		}
	}
}

// All that is built in can be played, and each is in the folder of its system.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	list, err := scenario.ReadFS(systems.All(), scenarios.FS)
	if err != nil {
		t.Fatal(err)
	}
	folders := make(map[string]string)
	err = fs.WalkDir(scenarios.FS, ".", func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			folders[strings.TrimSuffix(path.Base(file), ".yaml")] = path.Dir(file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) != len(list) {
		t.Errorf("%d files, %d scenarios", len(folders), len(list))
	}
	for _, sc := range list {
		if folder := folders[sc.Name]; folder != sc.System {
			t.Errorf("there is no %s/%s.yaml: a scenario's file is called like it, and is in the folder of its system", sc.System, sc.Name)
		}
		if sc.Row == "" {
			t.Errorf("%s has no row", sc.Name)
		}
	}
}

// Each system's folder is built in, and the long ones are not: nobody wants ten
// minutes without having asked for them. Those can be played, too, under names of
// their own.
func TestLongOnesAreNotBuiltIn(t *testing.T) {
	t.Parallel()
	for _, s := range systems.All() {
		if _, err := fs.Stat(scenarios.FS, s.Name); err != nil {
			t.Errorf("the scenarios of %s are not built in: %v", s.Name, err)
		}
	}
	if _, err := fs.Stat(scenarios.FS, "long"); err == nil {
		t.Error("the long ones are built in")
	}
	list, err := scenario.Read(systems.All(), ".")
	if err != nil {
		t.Fatal(err)
	}
	builtIn, err := scenario.ReadFS(systems.All(), scenarios.FS)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) <= len(builtIn) {
		t.Errorf("%d scenarios in the folder, %d built in: there is no long one", len(list), len(builtIn))
	}
}
