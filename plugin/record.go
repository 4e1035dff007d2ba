package plugin

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strconv"
	"time"
)

// maxGroupDepth is how deep objects in a record become groups; what is deeper
// is kept as JSON text.
const maxGroupDepth = 4

// parseRecord reads a record in go-hclog's JSON: an object with a text in
// "@message". "@level" and "@timestamp" are honoured where they are what they
// should be, and all else, in its order, is attributes, whose keys and texts are
// plain. The message is as it was written.
func parseRecord(line []byte) (slog.Record, bool) {
	fields, ok := members(line)
	if !ok {
		return slog.Record{}, false
	}
	var (
		message string
		found   bool
		level   = slog.LevelInfo
		at      = time.Now()
		attrs   = make([]slog.Attr, 0, len(fields))
	)
	for _, f := range fields {
		s, isText := f.text()
		switch {
		case f.name == "@message" && isText:
			message, found = s, true
		case f.name == "@level" && isText:
			level = levelOf(s)
		case f.name == "@timestamp" && isText:
			if t, err := time.Parse(time.RFC3339, s); err == nil {
				at = t
			}
		case f.name == "@module" && isText:
			attrs = append(attrs, slog.String("module", plain(s)))
		default:
			attrs = append(attrs, slog.Attr{Key: plain(f.name), Value: f.value(1)})
		}
	}
	if !found {
		return slog.Record{}, false
	}
	record := slog.NewRecord(at, level, message, 0)
	record.AddAttrs(attrs...)
	return record, true
}

// levelOf is the level that go-hclog calls name.
func levelOf(name string) slog.Level {
	switch name {
	case "trace":
		return slog.LevelDebug - 4
	case "debug":
		return slog.LevelDebug
	case "warn":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	default:
		return slog.LevelInfo
	}
}

// A member is a name and a value of a JSON object.
type member struct {
	name string
	raw  json.RawMessage
}

// members reads a JSON object, in its order.
func members(object []byte) ([]member, bool) {
	object = bytes.TrimSpace(object)
	if len(object) == 0 || object[0] != '{' || !json.Valid(object) {
		return nil, false
	}
	dec := json.NewDecoder(bytes.NewReader(object))
	_, _ = dec.Token() // the brace
	var out []member
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, false
		}
		m := member{}
		m.name, _ = name.(string)
		if err := dec.Decode(&m.raw); err != nil {
			return nil, false
		}
		out = append(out, m)
	}
	return out, true
}

func (m member) text() (string, bool) {
	var s *string
	if err := json.Unmarshal(m.raw, &s); err != nil || s == nil {
		return "", false
	}
	return *s, true
}

func (m member) value(depth int) slog.Value {
	switch m.raw[0] {
	case '"':
		s, _ := m.text()
		return slog.StringValue(plain(s))
	case 't', 'f':
		return slog.BoolValue(m.raw[0] == 't')
	case 'n':
		return slog.AnyValue(nil)
	case '[':
		return slog.StringValue(plain(string(m.raw)))
	case '{':
		fields, ok := members(m.raw)
		if !ok || depth > maxGroupDepth {
			return slog.StringValue(plain(string(m.raw)))
		}
		attrs := make([]slog.Attr, len(fields))
		for i, f := range fields {
			attrs[i] = slog.Attr{Key: plain(f.name), Value: f.value(depth + 1)}
		}
		return slog.GroupValue(attrs...)
	default:
		if n, err := strconv.ParseInt(string(m.raw), 10, 64); err == nil {
			return slog.Int64Value(n)
		}
		if x, err := strconv.ParseFloat(string(m.raw), 64); err == nil {
			return slog.Float64Value(x)
		}
		return slog.StringValue(plain(string(m.raw)))
	}
}
