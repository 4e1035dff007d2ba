package pd

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// FuzzParseSize: what is taken for a size is one, and what PD would write for it
// is read as nearly the same.
func FuzzParseSize(f *testing.F) {
	for _, text := range []string{"", "0B", "1TiB", "3.469GiB", "1e3B", "-1B", "8EiB", "NaNB", "1..2KiB"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		size, ok := parseSize(text)
		if !ok {
			return
		}
		if size < 0 || !strings.HasSuffix(text, "B") {
			t.Fatalf("%q was taken for %d", text, size)
		}
		again, ok := parseSize(asPD(size))
		if !ok || math.Abs(float64(again-size)) > 0.0005*float64(size)+0.5 {
			t.Fatalf("%q is %d, which PD writes %s, which is %d", text, size, asPD(size), again)
		}
	})
}

// asPD writes a size as PD does: four significant digits and a binary unit.
func asPD(size int64) string {
	value, units := float64(size), []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	for ; value >= 1024 && len(units) > 1; units = units[1:] {
		value /= 1024
	}
	text := strconv.FormatFloat(value, 'g', 4, 64)
	if strings.Contains(text, "e") {
		text = strconv.FormatFloat(math.Round(value), 'f', 0, 64)
	}
	if text == "8" && units[0] == "EiB" { // past what an int64 holds, by rounding
		text = "7.999"
	}
	return text + units[0]
}

// FuzzRefused: whatever comes with whatever status, the detail is one bounded
// printable line, and a code has the form of one.
func FuzzRefused(f *testing.F) {
	clienttest.SeedAnswers(f, func(status int, body []byte) { f.Add(status, body) })
	for _, body := range []string{"", "null", `"`, `"\"\\\"\\\\\\\"\\\\\\\\\\\\\\\"x"`, "[PD:a:b]\x1b", `{"code":"","msg":""}`, `{"code":null,"msg":"x"}`} {
		f.Add(http.StatusNotFound, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, refuse := range []refusing{refused, refusedOutright} {
			r := refuse(httpapi.Response{Status: status, Body: body})
			err := &failure.Error{Class: r.Class, Detail: r.Detail, Err: r.Err}
			clienttest.MustBeLine(t, err)
			if r.Err != nil {
				clienttest.MustBeLine(t, r.Err)
			}
			if code := CodeOf(err); code != "" && (len(code) > maxCode || !shortCode.MatchString(strings.ReplaceAll(code, ":", "."))) {
				t.Fatalf("%q was taken for a code", code)
			}
		}
	})
}
