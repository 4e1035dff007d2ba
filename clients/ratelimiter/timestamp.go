package ratelimiter

import (
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
)

// The forms of ISO 8601 that registered_at comes in. Python's isoformat() gives
// "T", microseconds and no zone; str() gives a space; others give RFC 3339. A
// fraction of any length is read after the seconds of each, as time.Parse does
// by itself.
var timeLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04:05Z07",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05",
	"2006-01-02 15:04:05Z0700",
	"2006-01-02 15:04:05Z07",
}

// parseTime reads a time in UTC. One without a zone is in UTC. A time that its
// zone moves out of the years 0 to 9999 is none: it could not be written again.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			at = at.UTC()
			return at, at.Year() >= 0 && at.Year() <= 9999
		}
	}
	return time.Time{}, false
}

// instant reads a time of o.
func instant(o document.Object) func(name string) time.Time {
	return func(name string) time.Time {
		text := o.Text(name)
		at, ok := parseTime(text)
		if !ok {
			o.Fail(name, "is %s, want an ISO 8601 time", failure.Quote(text))
		}
		return at
	}
}
