package prometheus

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/clienttest"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// FuzzAnswer feeds the client foreign documents. Whatever they are, it answers
// with a value that is safe to use and decodes again from its own JSON, or with
// an error of a declared class that is safe to show. No value that is missing or
// null is taken for a number.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		"", "null", "[]", "<html>", vectorOf(""), vectorOf("null"), vectorOf(`{"metric":{"a":"b"},"value":[1,"NaN"]}`),
		vectorOf(`{"metric":{"a":"b"},"value":[1]}`), vectorOf(`{"metric":{"a":"b"},"value":[1,null]}`), vectorOf(`{"metric":{"a":"b"},"value":[1,""]}`),
		vectorOf(histogramSample), vectorOf(`{"metric":{},"value":[null,null]}`), vectorOf(`{"metric":{},"value":[1.5,"1e999"]}`),
		`{"status":"success","data":{"resultType":"scalar","result":[1,"1"]},"warnings":["w"]}`,
		`{"status":"success","data":{"resultType":"string","result":[1,"1"]}}`,
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]],"histograms":[]}]}}`,
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[9223372036854775807,"2"]],"histograms":[[1,{"count":"2","sum":"3"}]]}]}}`,
		`{"status":"error","errorType":"bad_data","error":"x"}`,
	} {
		f.Add(http.StatusOK, body)
		f.Add(http.StatusBadGateway, body)
	}
	c := newClient(f, Options{URL: "http://localhost"})
	f.Fuzz(func(t *testing.T, status int, body string) {
		var r Result
		var err error
		clienttest.MustBeBounded(t, len(body), func() {
			r, err = c.interpret(httpapi.Response{Status: status, Body: []byte(body)}, "up")
		})
		if err != nil {
			clienttest.MustBeLine(t, err)
			fe, ok := errors.AsType[*failure.Error](err)
			if !ok || !slices.Contains(answerClasses, fe.Class) || r.Value != nil {
				t.Fatalf("got %v, %#v", r.Value, err)
			}
			return
		}
		for _, line := range slices.Concat(r.Warnings, r.Infos) {
			clienttest.MustBeLine(t, errors.New(line))
		}
		_ = r.Value.String()
		raw, err := json.Marshal(r.Value)
		if err != nil {
			t.Fatalf("%v cannot be encoded: %v", r.Value, err)
		}
		again, err := decodeValue(r.Value.Type().String(), raw)
		if diff := cmp.Diff(r.Value, again, cmpopts.EquateNaNs()); err != nil || diff != "" {
			t.Fatalf("%s does not decode to what it is of: %v\n%s", raw, err, diff)
		}
		if v, err := single(r.Value); err == nil {
			if n, present := number(v); math.IsNaN(n) || (!present && n != 0) {
				t.Fatalf("got %v, %v", n, present)
			}
		}
		unlabelled(t, []byte(body))
	})
}

// unlabelled holds the values of a good vector against what is written there.
func unlabelled(t *testing.T, body []byte) {
	t.Helper()
	var wire struct {
		Data struct {
			ResultType string `json:"resultType"`
			Result     []struct {
				Value     []any `json:"value"`
				Histogram []any `json:"histogram"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &wire); err != nil || wire.Data.ResultType != "vector" {
		return
	}
	for i, sample := range wire.Data.Result {
		if sample.Histogram != nil {
			continue
		}
		if len(sample.Value) != 2 {
			t.Fatalf("sample %d of %s has the value %v", i, body, sample.Value)
		}
		if text, ok := sample.Value[1].(string); !ok || text == "" {
			t.Fatalf("sample %d of %s has the value %v", i, body, sample.Value)
		}
	}
}

// answerClasses are what an answer can be found to be.
var answerClasses = []failure.Class{
	failure.Unauthenticated, failure.Forbidden, failure.Rejected, failure.Failing, failure.Malformed, failure.Timeout,
}
