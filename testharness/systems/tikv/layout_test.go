package tikv

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// layoutIsTold compares what is told of a stack beforehand with what there is. The
// stores start at once, so that their links are in any order.
func layoutIsTold(t *testing.T, s *Stack) {
	t.Helper()
	told, err := layout(nil)
	if err != nil {
		t.Fatal(err)
	}
	var parts, links []string
	for _, p := range s.Parts() {
		parts = append(parts, p.Name())
	}
	for _, l := range s.Links() {
		if !l.HTTP() {
			t.Errorf("%s does not carry HTTP", l.Name())
		}
		links = append(links, l.Name())
	}
	if diff := cmp.Diff(parts, told.Parts); diff != "" {
		t.Errorf("parts (-there +told):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(links)), slices.Sorted(slices.Values(told.LinkNames(true)))); diff != "" {
		t.Errorf("links (-there +told):\n%s", diff)
	}
}
