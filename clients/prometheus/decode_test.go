package prometheus

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

// TestDecodeAgreesWithModel decodes what the model encodes.
func TestDecodeAgreesWithModel(t *testing.T) {
	histogram := &model.SampleHistogram{Count: 2, Sum: 3.5, Buckets: model.HistogramBuckets{{Boundaries: 1, Lower: -1, Upper: model.FloatString(math.Inf(1)), Count: 2}}}
	labels := model.Metric{"__name__": "up", "key": "\x00\u2028\"\\\n<>&😀"}
	for name, want := range map[string]model.Value{
		"Vector": model.Vector{{Metric: labels, Timestamp: 1500, Value: 1.25}, {Metric: model.Metric{}, Timestamp: -1, Value: model.SampleValue(math.Inf(-1))}, {Metric: labels, Timestamp: 1, Histogram: histogram}},
		"Empty":  model.Vector{},
		"Matrix": model.Matrix{{Metric: labels, Values: []model.SamplePair{{Timestamp: 1, Value: 2}}, Histograms: []model.SampleHistogramPair{{Timestamp: 2, Histogram: histogram}}}},
		"Scalar": &model.Scalar{Timestamp: 1234, Value: 1e300},
		"String": &model.String{Timestamp: 1234, Value: "\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := json.Marshal(want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decodeValue(want.Type().String(), raw)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// FuzzAnswer feeds the client foreign documents. Whatever they are, it answers
// with a value that is safe to use or an error that is safe to show.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		"", "null", "[]", "<html>", vectorOf(""), vectorOf("null"), vectorOf(`{"metric":{"a":"b"},"value":[1,"NaN"]}`),
		vectorOf(histogramSample), vectorOf(`{"metric":{},"value":[null,null]}`), vectorOf(`{"metric":{},"value":[1.5,"1e999"]}`),
		`{"status":"success","data":{"resultType":"scalar","result":[1,"1"]},"warnings":["w"]}`,
		`{"status":"success","data":{"resultType":"string","result":[1,"1"]}}`,
		`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]],"histograms":[]}]}}`,
		`{"status":"error","errorType":"bad_data","error":"x"}`,
	} {
		f.Add(http.StatusOK, body)
		f.Add(http.StatusBadGateway, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		c := newClient(t, Options{URL: "http://localhost"})
		r, err := c.interpret(httpapi.Response{Status: status, Body: []byte(body)}, "up")
		if err != nil {
			if _, ok := errors.AsType[*failure.Error](err); !ok || r.Value != nil {
				t.Fatalf("got %v, %#v", r.Value, err)
			}
			if text := err.Error(); len(text) > 8*failure.MaxQuote || strings.ContainsAny(text, "\n\x1b\x00") {
				t.Fatalf("not fit to be shown: %q", text)
			}
			return
		}
		_ = r.Value.String()
		if _, err := json.Marshal(r.Value); err != nil {
			t.Fatalf("%v cannot be encoded: %v", r.Value, err)
		}
		if v, err := single(r.Value); err == nil {
			if n, present := number(v); math.IsNaN(n) || (!present && n != 0) {
				t.Fatalf("got %v, %v", n, present)
			}
		}
	})
}
