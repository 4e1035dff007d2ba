package scenario_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/scenario"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/systems"
)

func bySchema(t *testing.T, text []byte) []string {
	t.Helper()
	validator, err := kit.NewValidator(scenario.Schema())
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := yaml.Load(text, &doc); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var problems []string
	for _, f := range validator.Validate(raw) {
		problems = append(problems, f.String())
	}
	return problems
}

func TestTheSchemaAcceptsWhatParseAccepts(t *testing.T) {
	if problems := bySchema(t, []byte(everything)); len(problems) > 0 {
		t.Errorf("everything: %s", strings.Join(problems, "\n"))
	}
	// Every scenario that there is has to be good by both.
	var files []string
	err := filepath.WalkDir(filepath.Join("..", "scenarios"), func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".yaml") {
			files = append(files, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := scenario.Parse(file, text, systems.All()); err != nil {
			t.Error(err)
		}
		if problems := bySchema(t, text); len(problems) > 0 {
			t.Errorf("%s, by the schema: %s", file, strings.Join(problems, "\n"))
		}
	}
}

func TestTheSchemaRefusesWhatHasNoMeaning(t *testing.T) {
	const head = "scenario: a\nsummary: b\nsystem: lamp\n"
	for name, text := range map[string]string{
		"no steps":           head,
		"an unknown field":   head + "step: 1\nsteps: [{wait: 1s}]\n",
		"two verbs":          head + "steps: [{wait: 1s, heal: all}]\n",
		"no verb":            head + "steps: [{as: a}]\n",
		"no duration":        head + "steps: [{wait: soon}]\n",
		"no transport":       head + "transports: [pigeon]\nsteps: [{wait: 1s}]\n",
		"no class":           head + "steps: [{expect: {sources: {a: fine}}}]\n",
		"nothing expected":   head + "steps: [{expect: {within: 1s}}]\n",
		"no pointer":         head + "steps: [{expect: {state: {a: 1}}}]\n",
		"no name":            "scenario: A\nsummary: b\nsystem: lamp\nsteps: [{wait: 1s}]\n",
		"no text to repeat":  head + "steps: [{expect: {held: [{invariant: a, entity: {$repeat: 3, times: 1}}]}}]\n",
		"an unknown outcome": head + "steps: [{act: {action: a, outcome: done}}]\n",
	} {
		if len(bySchema(t, []byte(text))) == 0 {
			t.Errorf("the schema accepts a scenario with %s", name)
		}
		if _, err := scenario.Parse("t.yaml", []byte(text), lamps()); err == nil {
			t.Errorf("Parse accepts a scenario with %s", name)
		}
	}
}
