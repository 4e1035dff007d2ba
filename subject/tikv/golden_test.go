package tikv

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// golden compares a JSON document with testdata/name, or with -update makes that
// file of it.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	doc, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("encode %s: %v", name, err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, doc, "", "  "); err != nil {
		t.Fatalf("%s is not JSON: %v", name, err)
	}
	got.WriteByte('\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update writes it)", err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s: -want +got (go test -update rewrites it):\n%s", name, diff)
	}
}

func TestDefinition(t *testing.T) {
	def, err := Definition()
	if err != nil {
		t.Fatal(err)
	}
	if err := def.Validate(); err != nil {
		t.Errorf("the definition is not valid: %v", err)
	}
	golden(t, "config.schema.json", def.ConfigSchema)
	golden(t, "state.schema.json", def.StateSchema)
	golden(t, "actions.json", def.Actions)
	golden(t, "invariants.json", def.Invariants)

	def.Invariants[0].Name = "changed"
	if again, err := Definition(); err != nil || again.Invariants[0].Name != storeDown {
		t.Errorf("a caller's change of its definition changed everybody's: %+v, %v", again.Invariants[0], err)
	}
}
