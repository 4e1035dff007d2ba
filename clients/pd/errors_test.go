package pd

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

func TestRefused(t *testing.T) {
	cases := map[string]struct {
		reason   string
		status   int
		body     string
		class    failure.Class
		detail   string
		said     *Error // nil: nothing that PD said
		notFound bool
		final    bool
	}{
		"Coded":          {reason: "A code and a text.", status: 500, body: `"[PD:etcd:ErrEtcdTxnConflict]etcd transaction failed"`, class: failure.Failing, detail: "PD:etcd:ErrEtcdTxnConflict: etcd transaction failed", said: &Error{Code: "PD:etcd:ErrEtcdTxnConflict", Message: "etcd transaction failed"}},
		"CodedTwice":     {reason: "In quotes in quotes, with a newline between.", status: 500, body: `"\"[PD:core:ErrStoreNotFound]store 99 not found\"\n"` + "\n", class: failure.Rejected, detail: "PD:core:ErrStoreNotFound: store 99 not found", said: &Error{Code: CodeStoreNotFound, Message: "store 99 not found"}, notFound: true},
		"CodedThrice":    {reason: "And once more.", status: 500, body: `"\"\\\"[PD:core:ErrStoreNotFound]x\\\"\\n\"\n"`, class: failure.Rejected, detail: "PD:core:ErrStoreNotFound: x", said: &Error{Code: CodeStoreNotFound, Message: "x"}, notFound: true},
		"ThenSuccess":    {reason: "Some versions go on to say that it worked.", status: 500, body: " \n\"[PD:core:ErrStoreNotFound]x\"\n\"The scheduler is created.\"\n", class: failure.Rejected, detail: "PD:core:ErrStoreNotFound: x", said: &Error{Code: CodeStoreNotFound, Message: "x"}, notFound: true},
		"Plain":          {reason: "A text without a code.", status: 500, body: `"region has no voter in store 9"`, class: failure.Failing, detail: "region has no voter in store 9", said: &Error{Message: "region has no voter in store 9"}},
		"PlainCoded":     {reason: "Plain text with a code is PD's.", status: 500, body: "[PD:url:ErrURLParse]parse url error\n", class: failure.Failing, detail: "PD:url:ErrURLParse: parse url error", said: &Error{Code: "PD:url:ErrURLParse", Message: "parse url error"}},
		"Object":         {reason: "A kind, a text and more.", status: 400, body: `{"code":"input","msg":"bad","data":{"Offset":8}}`, class: failure.Rejected, detail: "input: bad", said: &Error{Code: "input", Message: "bad"}},
		"ObjectCoded":    {reason: "A code in the text is the better one.", status: 404, body: `{"code":"missing","msg":"[PD:region:ErrRegionNotFound]region not found"}`, class: failure.Rejected, detail: "PD:region:ErrRegionNotFound: region not found", said: &Error{Code: CodeRegionNotFound, Message: "region not found"}, notFound: true},
		"ObjectOdd":      {reason: "A kind that is none is left out.", status: 400, body: `{"code":"a\u001bb","msg":"bad"}`, class: failure.Rejected, detail: "bad", said: &Error{Message: "bad"}},
		"ObjectOther":    {reason: "An object of another service is not PD's word.", status: 404, body: `{"message":"no Route matched"}`, class: failure.Rejected, detail: `"{\"message\":\"no Route matched\"}"`},
		"ObjectTypes":    {reason: "Nor is one with other types.", status: 404, body: `{"code":404,"msg":"no"}`, class: failure.Rejected, detail: `"{\"code\":404,\"msg\":\"no\"}"`},
		"Null":           {reason: "Null is PD saying nothing.", status: 500, body: "null\n", class: failure.Failing, detail: "PD gave no reason", said: &Error{}},
		"NullNotFound":   {reason: "With a 404 it says enough.", status: 404, body: "null\n", class: failure.Rejected, detail: "PD gave no reason", said: &Error{}, notFound: true},
		"List":           {reason: "A list is no word of PD's.", status: 404, body: "[]", class: failure.Rejected, detail: `"[]"`},
		"Router":         {reason: "The router's text, though it begins with a JSON number, is not a handler's.", status: 404, body: "404 page not found\n", class: failure.Rejected, detail: `"404 page not found\n"`},
		"NoLeader":       {reason: "A follower's text is another member's turn.", status: 503, body: "no leader\n", class: failure.Failing, detail: `"no leader\n"`},
		"Empty":          {reason: "Nothing.", status: 502, body: "", class: failure.Failing, detail: "the answer is empty"},
		"Bootstrap500":   {reason: "Every member would say so.", status: 500, body: `"[PD:cluster:ErrNotBootstrapped]x"`, class: failure.Failing, detail: "PD:cluster:ErrNotBootstrapped: x", said: &Error{Code: CodeNotBootstrapped, Message: "x"}, final: true},
		"Bootstrap406":   {reason: "With whatever status.", status: 406, body: `"[PD:cluster:ErrNotBootstrapped]x"`, class: failure.Failing, detail: "PD:cluster:ErrNotBootstrapped: x", said: &Error{Code: CodeNotBootstrapped, Message: "x"}, final: true},
		"ConfigNotThere": {reason: "Another name for not found.", status: 500, body: `"[PD:scheduler:ErrScheduleConfigNotExist]the config does not exist"`, class: failure.Rejected, detail: "PD:scheduler:ErrScheduleConfigNotExist: the config does not exist", said: &Error{Code: "PD:scheduler:ErrScheduleConfigNotExist", Message: "the config does not exist"}, notFound: true},
		"NotACode":       {reason: "Brackets alone are no code.", status: 500, body: `"[PD:core]x"`, class: failure.Failing, detail: "[PD:core]x", said: &Error{Message: "[PD:core]x"}},
		"Hostile":        {reason: "What PD says is escaped.", status: 500, body: `"[PD:a:ErrB]\u001b[2J\u202e\r\nGET /"`, class: failure.Failing, detail: `PD:a:ErrB: \x1b[2J\u202e\r\nGET /`, said: &Error{Code: "PD:a:ErrB", Message: `\x1b[2J\u202e\r\nGET /`}},
		"HostileCode":    {reason: "A code has no room for tricks.", status: 500, body: `"[PD:a:Err\u001b]x"`, class: failure.Failing, detail: `[PD:a:Err\x1b]x`, said: &Error{Message: `[PD:a:Err\x1b]x`}},
		"Unauthorized":   {reason: "A 401 stays one.", status: 401, body: `"no"`, class: failure.Unauthenticated, detail: "no", said: &Error{Message: "no"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := refused(httpapi.Response{Status: tc.status, Body: []byte(tc.body)})
			if got.Class != tc.class || got.Detail != tc.detail || got.Final != tc.final {
				t.Errorf("%s\ngot %+v", tc.reason, got)
			}
			said, _ := got.Err.(*Error) //nolint:errorlint // set as it is
			if diff := cmp.Diff(tc.said, said, cmpopts.IgnoreUnexported(Error{})); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			err := fmt.Errorf("around: %w", &failure.Error{Err: got.Err})
			if NotFound(err) != tc.notFound || NotBootstrapped(err) != tc.final {
				t.Errorf("%s\nNotFound() = %t, NotBootstrapped() = %t", tc.reason, NotFound(err), NotBootstrapped(err))
			}
		})
	}
}

func TestRefusedOutright(t *testing.T) {
	for body, want := range map[string]failure.Class{
		`"region has no voter in store 9"`:                  failure.Rejected,
		`"[PD:schedule:ErrAddOperator]failed to add"`:       failure.Rejected,
		`"[PD:cluster:ErrNotBootstrapped]not bootstrapped"`: failure.Failing,
		"redirect failed\n":                                 failure.Failing,
		"":                                                  failure.Failing,
	} {
		if got := refusedOutright(httpapi.Response{Status: 500, Body: []byte(body)}); got.Class != want {
			t.Errorf("%s is %s, want %s", body, got.Class, want)
		}
	}
	if got := refusedOutright(httpapi.Response{Status: 503, Body: []byte(`"x"`)}); got.Class != failure.Failing {
		t.Errorf("a 503 is %s", got.Class)
	}
}

func TestErrorsOfOthers(t *testing.T) {
	for _, err := range []error{nil, errors.New("x"), &failure.Error{Status: 404, Class: failure.Rejected}} {
		if CodeOf(err) != "" || NotFound(err) || NotBootstrapped(err) {
			t.Errorf("%v was taken for PD's word", err)
		}
	}
	of := failure.OfEndpoints([]*failure.Error{{Class: failure.Unreachable}, {Class: failure.Failing, Err: &Error{Code: "PD:a:b"}}})
	if CodeOf(of) != "PD:a:b" {
		t.Errorf("the code of %v is out of reach", of)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0B": 0, "1B": 1, "1023B": 1023, "1KiB": 1024, "1.5KiB": 1536, "1021GiB": 1021 << 30, "1TiB": 1 << 40,
		"3.469GiB": 3724810387, "1024GiB": 1 << 40, "2.5PiB": 5 << 49, "7.999EiB": 9222219115350168576, ".5KiB": 512, "1.KiB": 1024,
	} {
		if got, ok := parseSize(text); !ok || got != want {
			t.Errorf("%s is %d, %t, want %d", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "B", "GiB", "1", "1.5", "-1B", "+1B", "1e3B", "InfB", "NaNB", "0x1B", "1_000B", "1 GiB", "1GiB ", "1GB", "1kb", "1gib",
		"1..5B", ".B", "8EiB", "16EiB", "1ZiB", "1YiB", strings.Repeat("9", 400) + "B", "１B",
	} {
		if got, ok := parseSize(text); ok {
			t.Errorf("%.20s was taken for %d", text, got)
		}
	}
}
