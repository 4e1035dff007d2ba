package kit

import (
	"errors"
	"strings"
	"time"
)

// Duration is a time.Duration that is text such as "1m30s" in JSON.
type Duration time.Duration

// durationPattern is the plain part of what time.ParseDuration accepts: whole or
// decimal numbers, each with its unit, without a sign.
const durationPattern = `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`

// String renders the duration as time.Duration does, without trailing zero
// units: "1m" and not "1m0s".
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// Std returns d as a time.Duration.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. Unlike a schema's pattern
// it accepts a sign.
func (d *Duration) UnmarshalText(text []byte) error {
	std, err := time.ParseDuration(string(text))
	if err != nil {
		return errDuration // and not err, which repeats the text
	}
	*d = Duration(std)
	return nil
}

// errDuration is for what is no duration, or one over the 292 years that fit.
var errDuration = errors.New(`want a duration such as "500ms" or "1m30s", of at most 292 years`)
