package host

import (
	"errors"
	"slices"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/protocol"
)

// An origin knows where in the file the fields of an entry stand and which of
// them came from the environment, for what the subject has to say about them.
type origin struct {
	file, path   string           // path leads to the entry
	line, column int              // of the entry
	fields       map[string]field // by their path within the config block
	secrets      []secret         // of the whole entry
	plugin       string           // as the file has it, with nothing expanded
	sum          *value           // its sha256, nil where it has none
	unpinned     error            // why the lock file has no checksum for it
	unpinnable   bool             // and pinning cannot change that
}

type field struct {
	line, column int
	secrets      []secret
	retyped      string
}

func newOrigin(file, path string, v *value) *origin {
	o := &origin{file: file, path: path, line: v.line, column: v.column, fields: make(map[string]field)}
	for _, m := range v.members {
		if m.key == "sha256" { // no secret, and to be seen where it is not the binary's
			continue
		}
		m.value.walk("", func(_ string, v *value) {
			for _, s := range v.from {
				if !slices.Contains(o.secrets, s) {
					o.secrets = append(o.secrets, s)
				}
			}
		})
	}
	// The longest first, as it may contain another.
	slices.SortStableFunc(o.secrets, func(a, b secret) int { return len(b.value) - len(a.value) })
	if plugin, ok := v.get("plugin"); ok {
		o.plugin = plugin.raw
	}
	if sum, ok := v.get("sha256"); ok && sum.kind != kindNull {
		o.sum = sum
	}
	if config, ok := v.get("config"); ok {
		config.walk("", func(path string, v *value) {
			o.fields[path] = field{v.line, v.column, v.from, v.retyped}
		})
	}
	return o
}

// explain makes the error of a subject's Open one about the file: each wrong
// field with its line, and nothing that came from the environment. Any other
// error stays as it is, but for that.
func (o *origin) explain(err error) error {
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || e.Code != protocol.InvalidArgument || len(e.Fields) == 0 {
		return redactError(err, o.secrets)
	}
	clean := &protocol.Error{Code: e.Code, Message: redact(e.Message, o.secrets, false), Retryable: e.Retryable, Effect: e.Effect}
	var problems []Problem
	for _, f := range e.Fields {
		f.Message = o.message(f)
		clean.Fields = append(clean.Fields, f)
		at, path := o.locate(f.Path), o.path+".config"
		if f.Path != "" {
			path = join(path, f.Path)
		}
		problems = append(problems, Problem{
			File: o.file, Line: at.line, Column: at.column,
			Path: path, Message: f.Message,
		})
	}
	located, _ := errors.AsType[*ConfigError](configError(problems))
	located.Err = clean
	return located
}

// message is what a subject says about a field, for the terminal.
func (o *origin) message(f protocol.FieldError) string {
	msg := redact(redact(f.Message, o.fields[f.Path].secrets, true), o.secrets, false)
	msg = printable(msg, 4*maxQuoted)
	if name := o.fields[f.Path].retyped; name != "" {
		msg += "; unquoted, ${" + name + "} is read as a number or a boolean: put it in quotes if it is text"
	}
	return msg
}

// locate returns where a field stands, or where it belongs if it is not there.
func (o *origin) locate(path string) field {
	for {
		if f, ok := o.fields[path]; ok {
			return f
		}
		if path == "" {
			return field{line: o.line, column: o.column}
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}
