package kit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// Decode reads parameters over the defaults that into holds. Nothing at all and
// null leave them as they are. The error names the field.
func Decode(with json.RawMessage, into any) error {
	if len(bytes.TrimSpace(with)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(with))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && mismatch.Field != "" {
		return fmt.Errorf("with.%s: want %s, have %s", mismatch.Field, mismatch.Type, mismatch.Value)
	}
	if err != nil {
		return fmt.Errorf("with: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("with: there is something behind the object")
	}
	return nil
}

// Duration is a time span as people write it: "250ms", "1m30s".
type Duration struct {
	// D is the time.
	D time.Duration

	bad string // what it was read from and is none
}

// UnmarshalText implements [encoding.TextUnmarshaler]. Where the text is no
// duration, [Duration.Within] says so, for it knows the field.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	d.D, d.bad = parsed, ""
	if err != nil {
		d.bad = failure.Quote(string(text))
	}
	return nil
}

// Within returns an error that names the field where it holds no duration, or
// one that is not within low and high.
func (d Duration) Within(field string, low, high time.Duration) error {
	switch {
	case d.bad != "":
		return fmt.Errorf("with.%s: %s is no duration: want one such as 250ms or 1m30s", field, d.bad)
	case d.D < low || d.D > high:
		return fmt.Errorf("with.%s: %s: want %s to %s", field, d.D, low, high)
	default:
		return nil
	}
}

// DurationSchema is the JSON Schema of a [Duration], without the braces around
// it.
const DurationSchema = `"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$|^0$"`
