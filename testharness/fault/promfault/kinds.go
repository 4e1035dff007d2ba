package promfault

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/fault/internal/kit"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// Kinds are the faults of Prometheus's answers.
func Kinds() []stack.Kind {
	return []stack.Kind{
		emptyKind(), nanKind(), infKind(), duplicateSeriesKind(), errorKind(), warningsKind(),
	}
}

// queries is how the paths of instant and range queries begin.
const queries = "/api/v1/query"

// params are the parameters that all kinds have.
type params struct {
	Path string `json:"path"`
}

const pathProperty = `"path": {
      "description": "How the path of a request begins, in the form in which it is sent.",
      "type": "string",
      "pattern": "^/.*$",
      "default": "` + queries + `"
    }`

// changed is a kind that changes the data of a successful answer.
func changed(name, summary string, change func(answer map[string]any)) stack.Kind {
	return stack.Kind{
		Name: name, Summary: summary, On: stack.OnHTTPLink,
		With: json.RawMessage(`{"type": "object", "additionalProperties": false, "properties": {` + pathProperty + `}}`),
		New: func(s stack.Stack, on string, with json.RawMessage) (fault.Fault, error) {
			p := params{Path: queries}
			err := kit.Decode(with, &p)
			if err == nil {
				err = checkPath(p.Path)
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return kit.AnswerFault(s, name, on, with, p.Path, kit.ChangedJSON(func(document any) any {
				if answer, ok := document.(map[string]any); ok && answer["status"] == "success" {
					change(answer)
				}
				return document
			}))
		},
	}
}

func checkPath(path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("with.path: %s: want how a path begins, such as %s", failure.Quote(path), queries)
	}
	return nil
}
