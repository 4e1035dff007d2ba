package httpfault

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Kinds are the faults of HTTP answers.
func Kinds() []stack.Kind {
	return []stack.Kind{
		statusKind(), htmlKind(), emptyBodyKind(), truncatedKind(), resetKind(), hugeKind(),
		wrongTypesKind(), unknownFieldsKind(), slowHeadersKind(), slowBodyKind(), redirectLoopKind(),
	}
}

// params are the parameters of one kind.
type params interface {
	// check names what is wrong with them.
	check() error
	path() string
}

// where is the parameter that all kinds have.
type where struct {
	Path string `json:"path"`
}

func (w *where) path() string { return w.Path }

func (w *where) check() error {
	if w.Path != "" && !strings.HasPrefix(w.Path, "/") {
		return fmt.Errorf("with.path: %s: want how a path begins, such as /api/", failure.Quote(w.Path))
	}
	return nil
}

// schema is the JSON Schema of a kind's parameters: its own, as a list of
// properties, and the path.
func schema(properties ...string) json.RawMessage {
	properties = append(properties, `"path": {
      "description": "How the path of a request begins, in the form in which it is sent; empty is every request.",
      "type": "string",
      "pattern": "^(/.*)?$",
      "default": ""
    }`)
	return json.RawMessage(`{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    ` + strings.Join(properties, ",\n    ") + `
  }
}`)
}

// kind makes a kind: defaults are its parameters where nothing is said, and
// answer what is said to requests.
func kind[P params](name, summary string, with json.RawMessage, defaults func() P, answer func(P) kit.Answer) stack.Kind {
	return stack.Kind{
		Name: name, Summary: summary, On: stack.OnHTTPLink, With: with,
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			p := defaults()
			err := kit.Decode(with, p)
			if err == nil {
				err = p.check()
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return kit.AnswerFault(s, name, on, with, p.path(), answer(p))
		},
	}
}

// checkStatus names a status that is no final one.
func checkStatus(status int) error {
	if status < 200 || status > 599 {
		return fmt.Errorf("with.status: %d: want 200 to 599", status)
	}
	return nil
}
