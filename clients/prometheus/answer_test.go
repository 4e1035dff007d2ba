package prometheus

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// TestAnswers gives the client every kind of wrong answer.
func TestAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		status int
		header http.Header
		body   string
		class  failure.Class
		detail string // part of the error's text
	}{
		"BadData":          {reason: "the expression is wrong", status: 400, body: `{"status":"error","errorType":"bad_data","error":"parse error"}`, class: failure.Rejected, detail: `bad_data: "parse error", for the query "up"`},
		"Timeout":          {reason: "the server gave up", status: 503, body: `{"status":"error","errorType":"timeout","error":"query timed out"}`, class: failure.Timeout, detail: "query timed out"},
		"Canceled":         {reason: "the server's cancellation, not the caller's", status: 499, body: `{"status":"error","errorType":"canceled","error":"query was canceled"}`, class: failure.Failing, detail: "canceled"},
		"Execution":        {reason: "it could not be evaluated", status: 422, body: `{"status":"error","errorType":"execution","error":"too many samples"}`, class: failure.Failing, detail: "too many samples"},
		"Internal":         {reason: "a broken server", status: 500, body: `{"status":"error","errorType":"internal","error":"x"}`, class: failure.Failing},
		"Unavailable":      {reason: "a starting server", status: 503, body: `{"status":"error","errorType":"unavailable","error":"x"}`, class: failure.Failing},
		"NotFound":         {reason: "", status: 404, body: `{"status":"error","errorType":"not_found","error":"x"}`, class: failure.Rejected},
		"UnknownType":      {reason: "the status speaks where the type says nothing", status: 429, body: `{"status":"error","errorType":"too_many_requests","error":"slow down"}`, class: failure.Failing, detail: "slow down"},
		"UnknownType422":   {reason: "the status speaks where the type says nothing", status: 422, body: `{"status":"error","errorType":"limit","error":"x"}`, class: failure.Rejected},
		"ErrorWithin200":   {reason: "an error is an error whatever the status", status: 200, body: `{"status":"error","errorType":"odd","error":"x"}`, class: failure.Failing},
		"EnvelopeAnd401":   {reason: "who may ask is said by the status", status: 401, body: `{"status":"error","errorType":"bad_data","error":"no org id"}`, class: failure.Unauthenticated, detail: "no org id"},
		"EnvelopeAnd403":   {reason: "who may ask is said by the status", status: 403, body: `{"status":"error","errorType":"internal","error":"x"}`, class: failure.Forbidden},
		"HostileError":     {reason: "foreign text is escaped", status: 400, body: `{"status":"error","errorType":"bad_data\u001b[31m","error":"\u001b]0;owned\u0007\n"}`, class: failure.Rejected, detail: `bad_data\x1b[31m: "\x1b]0;owned\a\n"`},
		"Unauthorized":     {reason: "no envelope", status: 401, body: "Unauthorized\n", class: failure.Unauthenticated, detail: `"Unauthorized\n"`},
		"Forbidden":        {reason: "no envelope", status: 403, body: "", class: failure.Forbidden, detail: "no explanation"},
		"PlainTLS":         {reason: "http spoken to an https port", status: 400, body: "Client sent an HTTP request to an HTTPS server.\n", class: failure.Rejected, detail: "HTTPS"},
		"BadGateway":       {reason: "a proxy's page", status: 502, body: "<html>502 Bad Gateway</html>", class: failure.Failing, detail: "<html>"},
		"ServiceUnready":   {reason: "what Prometheus says while it starts", status: 503, body: "Service Unavailable", class: failure.Failing},
		"Redirect":         {reason: "redirects are not followed, and show no secrets", status: 302, header: http.Header{"Location": {"https://u:secret@login.example.com/auth?state=secret"}}, class: failure.Rejected, detail: `redirects to "https://login.example.com/auth"`},
		"RedirectNowhere":  {reason: "a redirect without a target", status: 307, class: failure.Rejected, detail: "redirects to nowhere"},
		"HTML":             {reason: "some other service answers", status: 200, body: "<!doctype html><title>Grafana</title>", class: failure.Malformed, detail: "not JSON"},
		"Empty":            {reason: "nothing at all", status: 200, class: failure.Malformed, detail: "empty"},
		"NoContent":        {reason: "nothing at all, on purpose", status: 204, class: failure.Malformed, detail: "empty"},
		"Truncated":        {reason: "cut off", status: 200, body: `{"status":"success","data":{"resultType":"vector","result":[{"met`, class: failure.Malformed, detail: "cut off"},
		"Trailing":         {reason: "two documents", status: 200, body: vectorOf("") + "{}", class: failure.Malformed},
		"NoStatus":         {reason: "no envelope", status: 200, body: `{"data":{"resultType":"vector","result":[]}}`, class: failure.Malformed, detail: "field status"},
		"OddStatus":        {reason: "an unknown status", status: 200, body: `{"status":"ok","data":{"resultType":"vector","result":[]}}`, class: failure.Malformed, detail: `got "ok"`},
		"StatusType":       {reason: "a wrong type is named", status: 200, body: `{"status":1}`, class: failure.Malformed, detail: "field status"},
		"WarningsType":     {reason: "a wrong type is named", status: 200, body: `{"status":"success","warnings":"x","data":{"resultType":"vector","result":[]}}`, class: failure.Malformed, detail: "field warnings"},
		"NoData":           {reason: "success without data", status: 200, body: `{"status":"success"}`, class: failure.Malformed, detail: "data.result is missing"},
		"NullResult":       {reason: "null is not an empty list", status: 200, body: `{"status":"success","data":{"resultType":"vector","result":null}}`, class: failure.Malformed, detail: "data.result is missing"},
		"NoType":           {reason: "of what kind?", status: 200, body: `{"status":"success","data":{"result":[]}}`, class: failure.Malformed, detail: "data.resultType is missing"},
		"UnknownKind":      {reason: "of what kind?", status: 200, body: `{"status":"success","data":{"resultType":"streams","result":[]}}`, class: failure.Malformed, detail: `unknown type "streams"`},
		"NullSample":       {reason: "no sample where one is announced", status: 200, body: vectorOf(`null`), class: failure.Malformed, detail: "no metric"},
		"NoMetric":         {reason: "a sample of nothing", status: 200, body: vectorOf(`{"value":[1,"1"]}`), class: failure.Malformed, detail: "no metric"},
		"NoValue":          {reason: "a sample without a value is not zero", status: 200, body: vectorOf(`{"metric":{}}`), class: failure.Malformed, detail: "[0]: want either"},
		"NullValue":        {reason: "null is not zero", status: 200, body: vectorOf(`{"metric":{},"value":[1,null]}`), class: failure.Malformed, detail: "element 1 is null"},
		"NullTime":         {reason: "null is not 1970", status: 200, body: vectorOf(`{"metric":{},"value":[null,"1"]}`), class: failure.Malformed, detail: "element 0 is null"},
		"ShortValue":       {reason: "half a sample", status: 200, body: vectorOf(`{"metric":{},"value":[1]}`), class: failure.Malformed, detail: "want 2 elements"},
		"NumberValue":      {reason: "values are strings", status: 200, body: vectorOf(`{"metric":{},"value":[1,1]}`), class: failure.Malformed, detail: "quoted string"},
		"WordValue":        {reason: "no number", status: 200, body: vectorOf(`{"metric":{},"value":[1,"one"]}`), class: failure.Malformed, detail: "invalid syntax"},
		"WordTime":         {reason: "no time", status: 200, body: vectorOf(`{"metric":{},"value":["now","1"]}`), class: failure.Malformed, detail: "timestamp"},
		"BothKinds":        {reason: "a float or a histogram, not both", status: 200, body: vectorOf(`{"metric":{},"value":[1,"1"],"histogram":[1,{"count":"1","sum":"1"}]}`), class: failure.Malformed, detail: "want either"},
		"HollowHistogram":  {reason: "a histogram without a count is not empty", status: 200, body: vectorOf(`{"metric":{},"histogram":[1,{}]}`), class: failure.Malformed, detail: "without count"},
		"HollowBucket":     {reason: "a bucket without a count is not empty", status: 200, body: vectorOf(`{"metric":{},"histogram":[1,{"count":"1","sum":"1","buckets":[null]}]}`), class: failure.Malformed, detail: "buckets[0]"},
		"VectorIsScalar":   {reason: "the type and the value disagree", status: 200, body: `{"status":"success","data":{"resultType":"vector","result":[1,"1"]}}`, class: failure.Malformed},
		"HollowScalar":     {reason: "no scalar is not zero", status: 200, body: `{"status":"success","data":{"resultType":"scalar","result":[]}}`, class: failure.Malformed},
		"HollowString":     {reason: "no string is not empty", status: 200, body: `{"status":"success","data":{"resultType":"string","result":[1]}}`, class: failure.Malformed},
		"HollowMatrix":     {reason: "no point is not zero", status: 200, body: `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1]]}]}}`, class: failure.Malformed, detail: "[0].values[0]"},
		"HollowMatrixHist": {reason: "no point is not zero", status: 200, body: `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{}]]}]}}`, class: failure.Malformed, detail: "[0].histograms[0]"},
		"NullStream":       {reason: "no series where one is announced", status: 200, body: `{"status":"success","data":{"resultType":"matrix","result":[null]}}`, class: failure.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				maps.Copy(w.Header(), tc.header)
				answering(tc.status, tc.body)(w, r)
			})
			r, err := f.client(t).Query(t.Context(), "up")
			e, ok := errors.AsType[*failure.Error](err)
			if !ok {
				t.Fatalf("%s: got %v, %v", tc.reason, r.Value, err)
			}
			if e.Class != tc.class || !strings.Contains(err.Error(), tc.detail) {
				t.Errorf("%s: got %s: %v, want %s: %s", tc.reason, e.Class, err, tc.class, tc.detail)
			}
			if !e.Sent || strings.Contains(err.Error(), "secret") || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%s: not fit to be shown: %q", tc.reason, err)
			}
		})
	}
}
