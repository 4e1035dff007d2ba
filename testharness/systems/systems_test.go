package systems_test

import (
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems"
)

func TestFind(t *testing.T) {
	for _, want := range systems.All() {
		got, err := systems.Find(want.Name)
		if err != nil || got.Name != want.Name || got.Start == nil {
			t.Errorf("Find(%q) = %q, %v", want.Name, got.Name, err)
		}
		kinds := map[string]bool{}
		for _, k := range got.Kinds {
			if kinds[k.Name] {
				t.Errorf("%s has two kinds %s", got.Name, k.Name)
			}
			kinds[k.Name] = true
		}
		for _, spec := range got.Random {
			if !kinds[spec.Kind] {
				t.Errorf("%s may draw %s, which there is not", got.Name, spec.Kind)
			}
		}
	}
	if _, err := systems.Find("nosuch"); err == nil || !strings.Contains(err.Error(), "ratelimiter") {
		t.Errorf("error = %v, want the names that there are", err)
	}
}
