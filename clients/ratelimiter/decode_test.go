package ratelimiter

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answers are the decoders by the call whose answer they read.
var answers = map[string]func([]byte) (any, error){
	"nodes":    func(b []byte) (any, error) { return decodeNodes(b) },
	"counters": func(b []byte) (any, error) { return decodeCounters(b) },
	"limits":   func(b []byte) (any, error) { return decodeLimits(b) },
	"blocks":   func(b []byte) (any, error) { return decodeBlocks(b) },
	"health":   func(b []byte) (any, error) { return decodeHealth(b) },
	"reset":    func(b []byte) (any, error) { return decodeReset(b) },
	"update":   func(b []byte) (any, error) { return decodeLimitUpdate(b) },
}

// decodeCounters is what [Client.Counters] makes of an answer.
func decodeCounters(body []byte) ([]Counter, error) {
	return foldCounters(bytes.NewReader(body), noCounters, appendCounter)
}

func TestMalformedAnswersNameTheField(t *testing.T) {
	cases := map[string]struct {
		reason, answer, body, want string
	}{
		"NoBody":         {reason: "Nothing is not an empty list.", answer: "counters", body: "", want: "the answer is empty where JSON was expected"},
		"Null":           {reason: "Null is not an empty list.", answer: "counters", body: "null", want: "counters is missing"},
		"List":           {reason: "The list comes in an object.", answer: "counters", body: "[]", want: "field the document: want object, got array"},
		"NoList":         {reason: "A missing list is not an empty one.", answer: "counters", body: "{}", want: "counters is missing"},
		"NullList":       {reason: "Nor is null.", answer: "counters", body: `{"counters":null}`, want: "counters is null, want array"},
		"ListIsObject":   {reason: "By key is another API.", answer: "counters", body: `{"counters":{}}`, want: "counters is object, want array"},
		"OtherCase":      {reason: "Field names are as they are.", answer: "counters", body: `{"Counters":[]}`, want: "counters is missing"},
		"ItemNull":       {reason: "An item is an object.", answer: "counters", body: `{"counters":[null]}`, want: "counters[0] is null, want object"},
		"ItemText":       {reason: "An item is an object.", answer: "counters", body: `{"counters":["a"]}`, want: "counters[0] is string, want object"},
		"NoCount":        {reason: "A missing count is not 0.", answer: "counters", body: `{"counters":[{"key":"a","count":1,"limit":1,"remaining":0},{"key":"a","limit":1,"remaining":0}]}`, want: "counters[1].count is missing"},
		"NullCount":      {reason: "Nor is null.", answer: "counters", body: `{"counters":[{"key":"a","count":null,"limit":1,"remaining":0}]}`, want: "counters[0].count is null, want integer"},
		"TextCount":      {reason: "A number in quotes is a text.", answer: "counters", body: `{"counters":[{"key":"a","count":"1","limit":1,"remaining":0}]}`, want: "counters[0].count is string, want integer"},
		"FractionCount":  {reason: "Counts are whole.", answer: "counters", body: `{"counters":[{"key":"a","count":1.5,"limit":1,"remaining":0}]}`, want: "counters[0].count is the number 1.5, want integer"},
		"HugeCount":      {reason: "Too large is not the largest.", answer: "counters", body: `{"counters":[{"key":"a","count":9223372036854775808,"limit":1,"remaining":0}]}`, want: "counters[0].count is the number 9223372036854775808, want integer"},
		"BoolLimit":      {reason: "True is not 1.", answer: "counters", body: `{"counters":[{"key":"a","count":1,"limit":true,"remaining":0}]}`, want: "counters[0].limit is boolean, want integer"},
		"NoRemaining":    {reason: "A missing rest is not 0.", answer: "counters", body: `{"counters":[{"key":"a","count":1,"limit":1}]}`, want: "counters[0].remaining is missing"},
		"NumberKey":      {reason: "A key is a text, even one of digits.", answer: "counters", body: `{"counters":[{"key":1,"count":1,"limit":1,"remaining":0}]}`, want: "counters[0].key is the number 1, want string"},
		"FirstOfTwo":     {reason: "The first problem is told.", answer: "counters", body: `{"counters":[{}]}`, want: "counters[0].key is missing"},
		"TwoCounts":      {reason: "Which of them?", answer: "counters", body: `{"counters":[{"key":"a","count":1,"c\u006funt":1,"limit":1,"remaining":0}]}`, want: "counters[0].count is there twice"},
		"TwoLists":       {reason: "Which of them?", answer: "counters", body: `{"counters":[],"counters":[]}`, want: "counters is there twice"},
		"CutOff":         {reason: "A part of a list is not the list.", answer: "counters", body: `{"counters":[{"key":"a","count":1,"limit":1,"remaining":0}`, want: "the JSON is cut off after 58 bytes"},
		"Further":        {reason: "One answer is one document.", answer: "counters", body: `{"counters":[]} {}`, want: `more than one JSON value in the answer: "{\"counters\":[]} {}"`},
		"NoNodes":        {reason: "A missing list is not an empty cluster.", answer: "nodes", body: "{}", want: "nodes is missing"},
		"NoState":        {reason: "A node without a state is not up.", answer: "nodes", body: `{"nodes":[{"id":"a","address":"b","registered_at":null}]}`, want: "nodes[0].state is missing"},
		"NoAddress":      {reason: "A node has an address.", answer: "nodes", body: `{"nodes":[{"id":"a","state":"Up","registered_at":null}]}`, want: "nodes[0].address is missing"},
		"GarbageTime":    {reason: "A time that is none is not no time.", answer: "nodes", body: `{"nodes":[{"id":"a","address":"b","state":"Up","registered_at":null},{"id":"a","address":"b","state":"Up","registered_at":"yester\nday"}]}`, want: `nodes[1].registered_at is "yester\nday", want an ISO 8601 time`},
		"NumberTime":     {reason: "Nor is a number.", answer: "nodes", body: `{"nodes":[{"id":"a","address":"b","state":"Up","registered_at":1}]}`, want: "nodes[0].registered_at is the number 1, want string"},
		"NoLimit":        {reason: "A missing limit is not 0.", answer: "limits", body: `{"default_window_ms":1}`, want: "default_limit is missing"},
		"NoWindow":       {reason: "A missing window is not 0.", answer: "limits", body: `{"default_limit":1}`, want: "default_window_ms is missing"},
		"NoBlocked":      {reason: "A missing list blocks nobody knows whom.", answer: "blocks", body: `{"blocks":[]}`, want: "blocked is missing"},
		"NoCurrentCount": {reason: "It is not called count here.", answer: "blocks", body: `{"blocked":[{"key":"a","count":1,"limit":1}]}`, want: "blocked[0].current_count is missing"},
		"NoStatus":       {reason: "Which health?", answer: "health", body: `{"node_id":"a"}`, want: "status is missing"},
		"NoReset":        {reason: "Was there a counter?", answer: "reset", body: `{"key":"a"}`, want: "reset is missing"},
		"TextReset":      {reason: "A text is not true.", answer: "reset", body: `{"key":"a","reset":"false"}`, want: "reset is string, want boolean"},
		"NoUpdated":      {reason: "Was it?", answer: "update", body: `{"key":"a","limit":1,"window_ms":1}`, want: "updated is missing"},
		"NullWindow":     {reason: "The answer says which window it became.", answer: "update", body: `{"key":"a","limit":1,"window_ms":null,"updated":true}`, want: "window_ms is null, want integer"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := answers[tc.answer]([]byte(tc.body))
			if err == nil {
				t.Fatalf("%s\ndecoded", tc.reason)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUnknownFieldsAreTolerated(t *testing.T) {
	got, err := decodeCounters([]byte(` {"next":null,"counters":[{"extra":{"count":[]},"key":"","count":-1,"limit":0,"remaining":9223372036854775807}]} `))
	want := []Counter{{Key: "", Count: -1, Limit: 0, Remaining: 1<<63 - 1}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n-want +got:\n%s", err, diff)
	}
}

func TestRegisteredAt(t *testing.T) {
	utc := func(ns int) *time.Time { return new(time.Date(2026, 11, 23, 13, 19, 16, ns, time.UTC)) }
	cases := map[string]struct {
		reason, json string
		want         *time.Time
		wrong        bool
	}{
		"Null":         {reason: "Not known.", json: `null`},
		"Zoneless":     {reason: "Without a zone it is UTC.", json: `"2026-11-23T13:19:16"`, want: utc(0)},
		"Microseconds": {reason: "As Python's isoformat gives it.", json: `"2026-11-23T13:19:16.988086"`, want: utc(988086000)},
		"Nanoseconds":  {reason: "As Go gives it.", json: `"2026-11-23T13:19:16.123456789Z"`, want: utc(123456789)},
		"Z":            {reason: "UTC by its letter.", json: `"2026-11-23T13:19:16Z"`, want: utc(0)},
		"ZeroOffset":   {reason: "UTC by its offset.", json: `"2026-11-23T13:19:16+00:00"`, want: utc(0)},
		"Offset":       {reason: "Another zone is turned into UTC.", json: `"2026-11-23T16:49:16.5+03:30"`, want: utc(500000000)},
		"ShortOffset":  {reason: "ISO 8601's basic form.", json: `"2026-11-23T09:19:16-0400"`, want: utc(0)},
		"HourOffset":   {reason: "Hours only.", json: `"2026-11-23T14:19:16+01"`, want: utc(0)},
		"Space":        {reason: "As Python's str gives it.", json: `"2026-11-23 13:19:16.988086"`, want: utc(988086000)},
		"SpaceOffset":  {reason: "As PostgreSQL gives it.", json: `"2026-11-23 14:19:16+01"`, want: utc(0)},
		"Empty":        {reason: "Null is how not to know.", json: `""`, wrong: true},
		"DateOnly":     {reason: "A day is not a time.", json: `"2026-11-23"`, wrong: true},
		"NoSuchDay":    {reason: "Is not the first of March.", json: `"2026-02-30T00:00:00"`, wrong: true},
		"American":     {reason: "Not ISO 8601.", json: `"11/23/2026 13:19:16"`, wrong: true},
		"Unix":         {reason: "A number in quotes.", json: `"1795440000"`, wrong: true},
		"PastYears":    {reason: "In UTC there is no such year.", json: `"9999-12-31T23:59:59-01:00"`, wrong: true},
		"BeforeYears":  {reason: "In UTC there is no such year.", json: `"0000-01-01T00:00:00+01:00"`, wrong: true},
		"Trailing":     {reason: "More than a time.", json: `"2026-11-23T13:19:16Z "`, wrong: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			nodes, err := decodeNodes([]byte(`{"nodes":[{"id":"a","address":"b","state":"Up","registered_at":` + tc.json + `}]}`))
			if tc.wrong {
				if err == nil || !strings.HasPrefix(err.Error(), "nodes[0].registered_at ") {
					t.Errorf("%s\ngot %v", tc.reason, err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, nodes[0].RegisteredAt); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
	nodes, err := decodeNodes([]byte(`{"nodes":[{"id":"a","address":"b","state":"Up"}]}`))
	if err != nil || nodes[0].RegisteredAt != nil {
		t.Errorf("left out is as null: %v", err)
	}
}

func TestWindow(t *testing.T) {
	for ms, want := range map[int64]time.Duration{
		0:           0,
		1:           time.Millisecond,
		60000:       time.Minute,
		1<<63 - 1:   9223372036854 * time.Millisecond,
		-1 << 63:    -9223372036854 * time.Millisecond,
		86400000000: 1000 * 24 * time.Hour,
	} {
		if got := (Limits{DefaultWindowMS: ms}).Window(); got != want {
			t.Errorf("%d ms is %s, want %s", ms, got, want)
		}
		if got := (LimitUpdate{WindowMS: ms}).Window(); got != want {
			t.Errorf("%d ms is %s, want %s", ms, got, want)
		}
	}
}
