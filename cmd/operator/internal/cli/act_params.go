package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/operator-ratelimiter/operator-ratelimiter/cmd/operator/internal/schema"
	"github.com/operator-ratelimiter/operator-ratelimiter/host"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// maxParamFile bounds a parameter that is read from a file, in bytes.
const maxParamFile = 4 << 20

// parameters makes an action's parameters of the command line's arguments. The
// error names everything that is wrong.
func parameters(spec protocol.ActionSpec, args []string) (json.RawMessage, error) {
	params, err := schema.Parse(spec.Params)
	if err != nil {
		return nil, err
	}
	values := make(map[string]json.RawMessage, len(args))
	var errs []error
	for _, arg := range args {
		name, value, err := parameter(params, arg)
		if _, twice := values[name]; err == nil && twice {
			err = fmt.Errorf("%s is given twice", name)
		}
		if err != nil {
			errs = append(errs, err)
		}
		if name != "" {
			values[name] = value
		}
	}
	for _, p := range params.Properties() {
		if _, given := values[p.Name]; p.Required && !given {
			errs = append(errs, fmt.Errorf("%s is missing: %s", p.Name, about(p)))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return json.Marshal(values)
}

// about says what a parameter is.
func about(p schema.Property) string {
	text := "give " + p.Name + "=" + strings.ToUpper(p.Schema.Type())
	if bounds := p.Schema.Constraints(); bounds != "" {
		text += " (" + bounds + ")"
	}
	if d := p.Schema.Description(); d != "" {
		text += ", " + d
	}
	return text
}

// parameter reads one argument. The name is empty if not even that is told.
func parameter(params schema.Schema, arg string) (name string, value json.RawMessage, err error) {
	name, text, ok := strings.Cut(arg, "=")
	name, raw := strings.CutSuffix(name, ":")
	if !ok || name == "" {
		return "", nil, fmt.Errorf("%s is no parameter: want key=value, key:=json or key=@file", shown(arg))
	}
	p, declared := params.Property(name)
	if !declared && params.Closed() {
		var names []string
		for _, known := range params.Properties() {
			names = append(names, known.Name)
		}
		hint := "it takes none"
		if len(names) > 0 {
			hint = "it takes: " + strings.Join(names, ", ")
		}
		if near, ok := host.Nearest(name, names); ok {
			hint = "did you mean " + near + "? " + hint
		}
		return name, nil, fmt.Errorf("there is no parameter %s; %s", shown(name), hint)
	}
	switch {
	case raw:
		if !json.Valid([]byte(text)) {
			return name, nil, fmt.Errorf("%s: %s is no JSON; text is %s=TEXT, or JSON in quotes", name, shown(text), name)
		}
		return name, json.RawMessage(text), nil
	case strings.HasPrefix(text, "@"):
		if text, err = readParam(text[1:]); err != nil {
			return name, nil, fmt.Errorf("%s: %w", name, err)
		}
		value, err = json.Marshal(text)
		return name, value, err
	}
	var types []string
	if declared {
		types = p.Schema.Types()
	}
	if value, err = typed(types, text); err != nil {
		return name, nil, fmt.Errorf("%s: %w", name, err)
	}
	return name, value, nil
}

var (
	integerText = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	numberText  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
)

// typed makes text a JSON value of one of the types. Text is what is wanted
// where the schema does not say, or where it would do as well.
func typed(types []string, text string) (json.RawMessage, error) {
	has := func(t string) bool { return slices.Contains(types, t) }
	switch {
	case len(types) == 0 || has("string"):
		if !utf8.ValidString(text) {
			return nil, errors.New("is not UTF-8, which is all that JSON can carry")
		}
		return json.Marshal(text)
	case has("integer") && integerText.MatchString(text),
		has("number") && numberText.MatchString(text),
		has("boolean") && (text == "true" || text == "false"),
		has("null") && text == "null":
		return json.RawMessage(text), nil
	}
	var wants []string
	for _, t := range types {
		switch t {
		case "integer":
			wants = append(wants, "a whole number")
		case "number":
			wants = append(wants, "a number")
		case "boolean":
			wants = append(wants, "true or false")
		case "null":
			wants = append(wants, "null")
		default:
			wants = append(wants, "a JSON "+t+", as in key:=json")
		}
	}
	return nil, fmt.Errorf("want %s, not %s", strings.Join(wants, " or "), shown(text))
}

// readParam reads a parameter's value from a file.
func readParam(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read the value from a file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("read the value from %s: it is no regular file", shown(path))
	}
	f, err := os.Open(path) //nolint:gosec // the path is the user's
	if err != nil {
		return "", fmt.Errorf("read the value from a file: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxParamFile+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the value from a file: %w", err)
	case len(data) > maxParamFile:
		return "", fmt.Errorf("read the value from %s: it is larger than %d bytes", shown(path), maxParamFile)
	case !utf8.Valid(data):
		return "", fmt.Errorf("read the value from %s: it is not UTF-8, which is all that JSON can carry", shown(path))
	}
	return string(data), nil
}

// shown quotes what the user typed, of a length to be read.
func shown(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(strings.ToValidUTF8(s[:most], "")) + "..."
	}
	return strconv.Quote(s)
}
