package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

// A conformanceFile says what a plugin is tried on. The zero value is that of
// no file.
type conformanceFile struct {
	path                                       string
	args, env                                  []string
	withoutMTLS                                bool
	config, down, hang                         json.RawMessage
	wrong                                      []subjecttest.WrongConfig
	actions                                    map[string]conformanceAction
	setup, teardown, probe                     []string
	timeout, slack, startTimeout, closeTimeout time.Duration
}

type conformanceAction struct {
	params        json.RawMessage
	before, probe []string
}

// maxConformanceFile is the largest file, in bytes.
const maxConformanceFile = 1 << 20

// readConformanceFile reads a file. Its error says all that is wrong with it.
func readConformanceFile(path string) (conformanceFile, error) {
	file, err := os.Open(path) //nolint:gosec // the user has named it
	if err != nil {
		return conformanceFile{}, fmt.Errorf("read what is to be tried: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxConformanceFile+1))
	switch {
	case err != nil:
		return conformanceFile{}, fmt.Errorf("read what is to be tried: %w", err)
	case len(data) > maxConformanceFile:
		return conformanceFile{}, fmt.Errorf("%s is larger than %d bytes", path, maxConformanceFile)
	}
	if path, err = filepath.Abs(path); err != nil {
		return conformanceFile{}, err
	}
	parsed, err := parseConformanceFile(data)
	if err != nil {
		return conformanceFile{}, fmt.Errorf("%s:\n%w", path, err)
	}
	parsed.path = path
	return parsed, nil
}

func parseConformanceFile(data []byte) (conformanceFile, error) {
	root, err := loadYAML(data)
	if err != nil {
		return conformanceFile{}, err
	}
	var (
		f conformanceFile
		p yamlProblems
	)
	p.mapping(root, "", map[string]func(*yaml.Node, string){
		"args":          p.words(&f.args),
		"env":           p.words(&f.env),
		"mtls":          p.mtls(&f.withoutMTLS),
		"config":        p.json(&f.config),
		"down":          p.json(&f.down),
		"hang":          p.json(&f.hang),
		"wrong":         p.wrong(&f.wrong),
		"actions":       p.actions(&f.actions),
		"setup":         p.words(&f.setup),
		"teardown":      p.words(&f.teardown),
		"probe":         p.words(&f.probe),
		"timeout":       p.duration(&f.timeout),
		"slack":         p.duration(&f.slack),
		"start_timeout": p.duration(&f.startTimeout),
		"close_timeout": p.duration(&f.closeTimeout),
	})
	return f, errors.Join(p...)
}

// yamlProblems are what is wrong with a file. Their methods return what to do
// with the value of a field.
type yamlProblems []error

func (p *yamlProblems) add(at *yaml.Node, path, format string, args ...any) {
	where := fmt.Sprintf("line %d: ", at.Line)
	if path != "" {
		where += path + ": "
	}
	*p = append(*p, fmt.Errorf("%s%s", where, fmt.Sprintf(format, args...)))
}

// mapping hands each field to what knows it, and refuses those that nobody
// knows.
func (p *yamlProblems) mapping(n *yaml.Node, path string, fields map[string]func(*yaml.Node, string)) {
	if n.Kind != yaml.MappingNode {
		p.add(n, path, "must be a mapping")
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := joinPath(path, key.Value)
		field, known := fields[key.Value]
		switch {
		case !known:
			names := slices.Sorted(maps.Keys(fields))
			p.add(key, at, "there is no such field; there are %s", strings.Join(names, ", "))
		case seen[key.Value]:
			p.add(key, at, "is there twice")
		default:
			seen[key.Value] = true
			field(value, at)
		}
	}
}

func (p *yamlProblems) words(to *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.SequenceNode {
			p.add(n, path, "must be a list of words")
			return
		}
		for i, item := range n.Content {
			if item.Kind != yaml.ScalarNode || item.ShortTag() == "!!null" {
				p.add(item, fmt.Sprintf("%s[%d]", path, i), "must be a word")
				continue
			}
			*to = append(*to, item.Value)
		}
	}
}

func (p *yamlProblems) text(to *string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
			p.add(n, path, "must be a text")
			return
		}
		*to = n.Value
	}
}

func (p *yamlProblems) mtls(without *bool) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		var mtls bool
		if n.ShortTag() != "!!bool" || n.Decode(&mtls) != nil {
			p.add(n, path, "must be true or false")
		}
		*without = !mtls
	}
}

func (p *yamlProblems) duration(to *time.Duration) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		d, err := time.ParseDuration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil || d <= 0 {
			p.add(n, path, "must be a duration above 0, such as 500ms or 10s")
		}
		*to = d
	}
}

func (p *yamlProblems) json(to *json.RawMessage) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		document, err := yamlToJSON(n)
		if err != nil {
			p.add(n, path, "%v", err)
		}
		*to = document
	}
}

func (p *yamlProblems) wrong(to *[]subjecttest.WrongConfig) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.SequenceNode {
			p.add(n, path, "must be a list of configurations")
			return
		}
		for i, item := range n.Content {
			var w subjecttest.WrongConfig
			at := fmt.Sprintf("%s[%d]", path, i)
			p.mapping(item, at, map[string]func(*yaml.Node, string){
				"name":   p.text(&w.Name),
				"config": p.json(&w.Config),
				"paths":  p.words(&w.Paths),
			})
			if w.Name == "" || w.Config == nil || len(w.Paths) == 0 {
				p.add(item, at, "needs a name, a config, and the paths of its wrong fields")
			}
			*to = append(*to, w)
		}
	}
}

func (p *yamlProblems) actions(to *map[string]conformanceAction) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		*to = make(map[string]conformanceAction)
		fields := make(map[string]func(*yaml.Node, string))
		if n.Kind == yaml.MappingNode {
			for i := 0; i < len(n.Content); i += 2 {
				name := n.Content[i].Value
				fields[name] = func(n *yaml.Node, path string) {
					var a conformanceAction
					p.mapping(n, path, map[string]func(*yaml.Node, string){
						"params": p.json(&a.params),
						"before": p.words(&a.before),
						"probe":  p.words(&a.probe),
					})
					(*to)[name] = a
				}
			}
		}
		p.mapping(n, path, fields)
	}
}
