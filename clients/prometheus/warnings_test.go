package prometheus

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestWarnings is answered with a value and doubts about it.
func TestWarnings(t *testing.T) {
	const body = `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"key":"a"},"value":[1,"7"]}]},
		"warnings":["store \u001b[31mdown","PromQL info: metric might not be a counter"],"infos":["PromQL info: forced monotonicity"]}`
	c := newFake(t, answering(200, body)).client(t)

	r, err := c.Query(t.Context(), "up")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`store \x1b[31mdown`}
	infos := []string{"PromQL info: forced monotonicity", "PromQL info: metric might not be a counter"}
	if diff := cmp.Diff([][]string{want, infos}, [][]string{r.Warnings, r.Infos}); diff != "" {
		t.Error(diff)
	}

	var seen Warnings
	ctx := WithWarnings(t.Context(), &seen)
	if len(seen.List()) != 0 {
		t.Errorf("warned of nothing: %v", seen.List())
	}
	for range 2 {
		count, present, err := c.AllowedRequests(ctx, "a", time.Minute)
		if err != nil || !present || count != 7 {
			t.Errorf("a warning is no error: got %v, %v, %v", count, present, err)
		}
	}
	if diff := cmp.Diff(want, seen.List()); diff != "" {
		t.Error(diff)
	}
}

func TestWarningsAreBounded(t *testing.T) {
	texts := make([]string, 0, 100)
	for i := range 100 {
		texts = append(texts, fmt.Sprintf("%q", fmt.Sprint(i)+strings.Repeat("x", 500)))
	}
	list := strings.Join(texts, ",")
	body := `{"status":"success","data":{"resultType":"vector","result":[]},"warnings":[` + list + `],"infos":[` + list + `]}`
	c := newFake(t, answering(200, body)).client(t)
	var seen Warnings
	r, err := c.Query(WithWarnings(t.Context(), &seen), "up")
	if err != nil {
		t.Fatal(err)
	}
	for name, lines := range map[string][]string{"warnings": r.Warnings, "infos": r.Infos} {
		if len(lines) != MaxWarnings+1 || lines[MaxWarnings] != "and 90 more" || len(lines[0]) > 1000 {
			t.Errorf("%s: %d lines: %.100q", name, len(lines), lines)
		}
	}
	if len(seen.List()) != MaxWarnings {
		t.Errorf("collected %d", len(seen.List()))
	}
}
