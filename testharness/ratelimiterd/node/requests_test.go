package node_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/internal/redistest"
)

func TestRequestsThatAreNotValid(t *testing.T) {
	detail := func(field, msg, kind string) string {
		return fmt.Sprintf(`{"detail":[{"loc":["body",%q],"msg":%q,"type":%q}]}`, field, msg, kind)
	}
	integer := func(field string) string { return detail(field, "value is not a valid integer", "type_error.integer") }
	const put, check = "PUT /api/limits/k", "POST /check"
	cases := map[string]struct {
		reason string
		to     string
		body   string
		status int
		want   string // "" is any
	}{
		"LimitZero":          {"Zero is a limit.", put, `{"limit":0}`, 200, `{"key":"k","limit":0,"window_ms":60000,"updated":true}`},
		"LimitLargest":       {"So is the largest.", put, `{"limit":1000000000}`, 200, ""},
		"LimitTooLarge":      {"Beyond it is a mistake.", put, `{"limit":1000000001}`, 422, detail("limit", "ensure this value is less than or equal to 1000000000", "value_error.number.not_le")},
		"LimitAstronomic":    {"However far beyond.", put, `{"limit":1e999}`, 422, detail("limit", "ensure this value is less than or equal to 1000000000", "value_error.number.not_le")},
		"LimitNegative":      {"Below zero is one too.", put, `{"limit":-99999999999999999999}`, 422, detail("limit", "ensure this value is greater than or equal to 0", "value_error.number.not_ge")},
		"LimitNull":          {"Null is no limit.", put, `{"limit":null}`, 422, detail("limit", "none is not an allowed value", "type_error.none.not_allowed")},
		"LimitFraction":      {"Nor is a half.", put, `{"limit":1.5}`, 422, integer("limit")},
		"LimitWholeFloat":    {"5.0 is 5.", put, `{"limit":5.0}`, 200, `{"key":"k","limit":5,"window_ms":60000,"updated":true}`},
		"LimitText":          {"Text is no number, even one that looks like it.", put, `{"limit":"5"}`, 422, integer("limit")},
		"LimitBool":          {"Nor is true.", put, `{"limit":true}`, 422, integer("limit")},
		"LimitList":          {"Nor is a list.", put, `{"limit":[1]}`, 422, integer("limit")},
		"LimitOtherCase":     {"Names are exact.", put, `{"Limit":5}`, 422, detail("limit", "field required", "value_error.missing")},
		"WindowZero":         {"A window has a length.", put, `{"limit":1,"window_ms":0}`, 422, detail("window_ms", "ensure this value is greater than 0", "value_error.number.not_gt")},
		"WindowTooLong":      {"And an end.", put, `{"limit":1,"window_ms":31536000001}`, 422, detail("window_ms", "ensure this value is less than or equal to 31536000000", "value_error.number.not_le")},
		"WindowText":         {"And is a number.", put, `{"limit":1,"window_ms":"1s"}`, 422, integer("window_ms")},
		"UnknownFields":      {"What is not known is not minded.", put, `{"limit":1,"note":"x"}`, 200, ""},
		"TwoProblems":        {"All that is wrong is told at once.", put, `{"window_ms":0}`, 422, `{"detail":[{"loc":["body","limit"],"msg":"field required","type":"value_error.missing"},{"loc":["body","window_ms"],"msg":"ensure this value is greater than 0","type":"value_error.number.not_gt"}]}`},
		"NoBody":             {"A body is needed.", put, ``, 422, `{"detail":[{"loc":["body"],"msg":"field required","type":"value_error.missing"}]}`},
		"NotJSON":            {"And it is JSON.", put, `{`, 422, ""},
		"TwoValues":          {"One JSON value.", put, `{"limit":1}{"limit":2}`, 422, ""},
		"NotAnObject":        {"Namely an object.", put, `[1]`, 422, `{"detail":[{"loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict"}]}`},
		"NullBody":           {"Null is none.", put, `null`, 422, `{"detail":[{"loc":["body"],"msg":"value is not a valid dict","type":"type_error.dict"}]}`},
		"NotUTF8":            {"JSON is UTF-8.", check, "{\"key\":\"\xff\"}", 422, `{"detail":[{"loc":["body"],"msg":"the body is not UTF-8","type":"value_error.jsondecode"}]}`},
		"LargeBody":          {"A body has a bound.", put, `{"limit":1,"x":"` + strings.Repeat("x", 70_000) + `"}`, 413, `{"detail":"the body is over 65536 bytes"}`},
		"KeyMissing":         {"A check is of a key.", check, `{}`, 422, detail("key", "field required", "value_error.missing")},
		"KeyNumber":          {"A key is text.", check, `{"key":1}`, 422, detail("key", "str type expected", "type_error.str")},
		"KeyNull":            {"Null is none.", check, `{"key":null}`, 422, detail("key", "none is not an allowed value", "type_error.none.not_allowed")},
		"KeyTooLong":         {"A key has a bound.", check, `{"key":"` + strings.Repeat("k", 1<<20+1) + `"}`, 422, detail("key", "ensure this value has at most 1048576 bytes", "value_error.any_str.max_length")},
		"KeyLoneSurrogate":   {"Half a character would become another key.", check, `{"key":"\ud800"}`, 422, detail("key", "the text is not Unicode: a surrogate without its other half", "value_error.str.surrogate")},
		"KeyWrongSurrogates": {"Two first halves are no whole.", check, `{"key":"\\\ud83d\ud83d"}`, 422, detail("key", "the text is not Unicode: a surrogate without its other half", "value_error.str.surrogate")},
		"KeySurrogates":      {"Two halves are.", check, `{"key":"\\u\ud83d\udd11"}`, 200, ""},
		"NullIsNotGiven":     {"An optional field may be null.", check, `{"key":"n","limit":null,"window_ms":null}`, 200, `{"allowed":true,"current_count":1,"remaining":9,"retry_after_seconds":0}`},
		"CheckLimitNegative": {"The same rules for a check.", check, `{"key":"n","limit":-1}`, 422, detail("limit", "ensure this value is greater than or equal to 0", "value_error.number.not_ge")},
		"CheckLimitZero":     {"Nothing is allowed, and there is no time at which it would be.", check, `{"key":"z","limit":0,"window_ms":1500}`, 429, `{"allowed":false,"current_count":0,"remaining":0,"retry_after_seconds":2}`},
	}
	n := start(t, redistest.New(t), nil)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			method, target, _ := strings.Cut(tc.to, " ")
			got := n.send(method, target, tc.body)
			if got.status != tc.status || got.header.Get("Content-Type") != "application/json" || !json.Valid([]byte(got.body)) {
				t.Errorf("%s\nstatus %d, %s: %.300s; want %d", tc.reason, got.status, got.header.Get("Content-Type"), got.body, tc.status)
			}
			if diff := cmp.Diff(tc.want, got.body); tc.want != "" && diff != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	tooLong := strings.Repeat("%41", 1<<20) + "A"
	cases := map[string]struct {
		reason string
		method string
		path   string
		status int
		allow  string
	}{
		"Unknown":            {"What is not there is not found.", "GET", "/nothing", 404, ""},
		"Root":               {"There is no page.", "GET", "/", 404, ""},
		"TrailingSlash":      {"Paths are exact: nothing is redirected.", "GET", "/api/nodes/", 404, ""},
		"DoubleSlash":        {"Nor cleaned.", "GET", "//api/nodes", 404, ""},
		"Dots":               {"Nor resolved.", "GET", "/api/../health", 404, ""},
		"EscapedRoute":       {"Nor guessed.", "GET", "/api%2Fnodes", 404, ""},
		"NoSuffix":           {"A counter alone cannot be asked for.", "GET", "/api/counters/k", 404, ""},
		"EscapedSuffix":      {"An escaped slash is of the key, not of the path.", "POST", "/api/counters/k%2Freset", 404, ""},
		"SuffixAlone":        {"Prefix and suffix do not overlap.", "POST", "/api/counters/reset", 404, ""},
		"BadEscape":          {"The server itself refuses what is no URL.", "POST", "/api/counters/%zz/reset", 400, ""},
		"CheckByGet":         {"The error names the methods.", "GET", "/check", 405, "POST"},
		"NodesByPost":        {"The same.", "POST", "/api/nodes", 405, "GET"},
		"LimitByGet":         {"The same.", "GET", "/api/limits/k", 405, "PUT"},
		"LimitByDelete":      {"There is no such thing.", "DELETE", "/api/limits/k", 405, "PUT"},
		"ResetByGet":         {"A link must not reset.", "GET", "/api/counters/k/reset", 405, "POST"},
		"Head":               {"What can be got has a head.", "HEAD", "/health", 200, ""},
		"MetricsWithSlash":   {"As recorded.", "GET", "/metrics/", 200, ""},
		"KeyTooLongInPath":   {"A key has a bound here too.", "PUT", "/api/limits/" + tooLong, 422, ""},
		"LineTooLong":        {"And so has a request.", "PUT", "/api/limits/" + strings.Repeat("k", 9<<20), 431, ""},
		"LimitsAreAList":     {"Without a key it is another call.", "GET", "/api/limits", 200, ""},
		"LimitsListByDelete": {"Of which there is one method.", "PUT", "/api/limits", 405, "GET"},
	}
	n := start(t, redistest.New(t), nil)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := n.send(tc.method, tc.path, "")
			if got.status != tc.status || got.header.Get("Allow") != tc.allow {
				t.Errorf("%s\nstatus %d, Allow %q: %.200s; want %d, %q", tc.reason, got.status, got.header.Get("Allow"), got.body, tc.status, tc.allow)
			}
			want := map[int]string{404: `{"detail":"Not Found"}`, 405: `{"detail":"Method Not Allowed"}`}[tc.status]
			if want != "" && got.body != want {
				t.Errorf("%s\n%s, want %s", tc.reason, got.body, want)
			}
		})
	}
}

func TestHealthHasNoBodyByHead(t *testing.T) {
	n := start(t, redistest.New(t), nil)
	if got := n.send("HEAD", "/health", ""); got.body != "" || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %+v", got)
	}
}
