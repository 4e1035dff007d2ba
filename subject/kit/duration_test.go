package kit_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/subject/kit"
)

func TestDurationText(t *testing.T) {
	cases := map[string]struct {
		reason string
		d      time.Duration
		want   string
	}{
		"Zero":         {reason: "Zero has a unit.", d: 0, want: "0s"},
		"Milliseconds": {reason: "Below a second there are smaller units.", d: 500 * time.Millisecond, want: "500ms"},
		"Seconds":      {reason: "Seconds are themselves.", d: 10 * time.Second, want: "10s"},
		"Minute":       {reason: "No trailing zero seconds.", d: time.Minute, want: "1m"},
		"TenMinutes":   {reason: "A zero of the number stays.", d: 10 * time.Minute, want: "10m"},
		"Hour":         {reason: "No trailing zero minutes.", d: time.Hour, want: "1h"},
		"TenHours":     {reason: "A zero of the number stays.", d: 10 * time.Hour, want: "10h"},
		"HourMinutes":  {reason: "Minutes that are there stay.", d: time.Hour + 10*time.Minute, want: "1h10m"},
		"HourSeconds":  {reason: "Zero minutes between stay.", d: time.Hour + 10*time.Second, want: "1h0m10s"},
		"All":          {reason: "Everything at once.", d: time.Hour + time.Minute + time.Second + time.Millisecond, want: "1h1m1.001s"},
		"Negative":     {reason: "A sign is kept.", d: -time.Minute, want: "-1m"},
		"Longest":      {reason: "The largest there is.", d: math.MaxInt64, want: "2562047h47m16.854775807s"},
		"Shortest":     {reason: "The smallest there is.", d: math.MinInt64, want: "-2562047h47m16.854775808s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, kit.Duration(tc.d).String()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			doc, err := json.Marshal(kit.Duration(tc.d))
			if err != nil {
				t.Fatal(err)
			}
			var back kit.Duration
			if err := json.Unmarshal(doc, &back); err != nil || back.Std() != tc.d {
				t.Errorf("%s\n%v became %s and then %v: %v", tc.reason, tc.d, doc, back.Std(), err)
			}
		})
	}
}

// TestDurationError: the error is about the kind of text and not the text, which
// may have been meant for another field.
func TestDurationError(t *testing.T) {
	for _, text := range []string{"", "5", "hunter2", "1 m", "9999999999h", "1d"} {
		var d kit.Duration
		err := d.UnmarshalText([]byte(text))
		if err == nil {
			t.Errorf("%q is the duration %v", text, d)
		} else if text != "" && text != "5" && strings.Contains(err.Error(), text) {
			t.Errorf("%q is repeated: %v", text, err)
		}
	}
}

// FuzzDuration: every duration survives its text, and what a schema lets pass is
// a duration of no sign, or one over the bound.
func FuzzDuration(f *testing.F) {
	schema, err := kit.Schema[struct {
		D kit.Duration `json:"d"`
	}](nil)
	if err != nil {
		f.Fatal(err)
	}
	validator, err := kit.NewValidator(schema)
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"1m", "1h0m10s", "1.5h", "3µs", "3us", "-1m", "0", "0s", ".5s", "1.s", "1m\n", "99999999999h", "1e3s", "٣s"} {
		f.Add(text, int64(time.Minute))
	}
	f.Fuzz(func(t *testing.T, text string, ns int64) {
		d := kit.Duration(ns)
		written, err := d.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back kit.Duration
		if err := back.UnmarshalText(written); err != nil || back != d {
			t.Fatalf("%d became %s and then %d: %v", ns, written, back, err)
		}

		doc, err := json.Marshal(map[string]string{"d": text})
		if err != nil {
			t.Fatal(err)
		}
		if validator.Validate(doc) != nil {
			return
		}
		std, err := time.ParseDuration(text)
		if err != nil && !overflows(text) || std < 0 {
			t.Fatalf("the schema takes %q, which is %v: %v", text, std, err)
		}
	})
}

// overflows reports whether a text has a number so long that it may be over the
// bound of a duration, which a pattern cannot tell.
func overflows(text string) bool {
	digits := 0
	for _, r := range text {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	return digits > 6
}
