package host_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNothingHereKnowsASubject: the contract, the boundary and the host are the
// same for every system. A name of one in them is where that would begin to end.
func TestNothingHereKnowsASubject(t *testing.T) {
	const module = "github.com/operator-ratelimiter/operator-ratelimiter"
	subjects := regexp.MustCompile(`(?i)rate.?limit|tikv`)
	files := 0
	for _, room := range []string{"protocol", "plugin", "host"} {
		root := filepath.Join("..", room)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			switch filepath.Ext(path) {
			case ".go", ".proto", ".md":
			default:
				return nil
			}
			files++
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			// The generated code holds the module's path in pieces.
			if strings.HasSuffix(path, ".pb.go") {
				return nil
			}
			for i, line := range strings.Split(strings.ReplaceAll(string(text), module, ""), "\n") {
				if name := subjects.FindString(line); name != "" {
					t.Errorf("%s:%d names a subject: %q", path, i+1, name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatalf("read %s: %v", root, err)
		}
	}
	if files < 30 {
		t.Errorf("only %d files were read: this test looks in the wrong place", files)
	}
}
