package prometheus

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
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
