package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const output = `goos: linux
pkg: example.com/x
cpu: Some Processor
BenchmarkSweep/Fast-2         	       3	  12345 ns/op	         0.2100 of-redis-cli-scan	         1.1e+00 wall/redis-cpu	 0 differences
BenchmarkSweep/Fast-2         	       3	  12345 ns/op	         0.1900 of-redis-cli-scan	         1.2 wall/redis-cpu
BenchmarkLog
    bench_test.go:7: said something
BenchmarkLog-2                	     100	        10 ns/op
BenchmarkHuge/1-000 	 1	 NaN x
--- FAIL: BenchmarkBad
    bench_test.go:9: is bad
FAIL
exit status 1
FAIL	example.com/x	0.1s
`

func TestParse(t *testing.T) {
	results, err := parse(strings.NewReader(output))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range results {
		names = append(names, r.name)
	}
	if diff := cmp.Diff([]string{"Sweep/Fast", "Sweep/Fast", "Log", "Huge/1"}, names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64{1.1, 1.2}, valuesOf(results, "Sweep/Fast", "wall/redis-cpu")); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float64(nil), valuesOf(results, "Log", "wall/redis-cpu")); diff != "" {
		t.Errorf("values of another (-want +got):\n%s", diff)
	}
}

func TestParseLine(t *testing.T) {
	cases := map[string]struct {
		reason, line string
		want         result
		no           bool
	}{
		"One":      {reason: "of one processor", line: "BenchmarkA 1 2 ns/op", want: result{"A", map[string]float64{"ns/op": 2}}},
		"Dash":     {reason: "a dash in the name", line: "BenchmarkA/b-c-16 1 2 ns/op", want: result{"A/b-c", map[string]float64{"ns/op": 2}}},
		"NotRun":   {reason: "the name, before its result", line: "BenchmarkA", no: true},
		"Odd":      {reason: "a value without its unit", line: "BenchmarkA 1 2 ns/op 3", no: true},
		"NoCount":  {reason: "a text that begins alike", line: "BenchmarkA did 2 things", no: true},
		"NoNumber": {reason: "a value that is none", line: "BenchmarkA 1 two ns/op", no: true},
		"Zero":     {reason: "nothing was measured", line: "BenchmarkA 0 2 ns/op", no: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := parseLine(tc.line)
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(result{})); diff != "" || ok == tc.no {
				t.Errorf("%s: %t (-want +got):\n%s", tc.reason, ok, diff)
			}
		})
	}
}

func TestMedian(t *testing.T) {
	for want, values := range map[float64][]float64{1: {1}, 2: {3, 1, 2}, 2.5: {4, 1, 3, 2}} {
		if got := median(values); got != want {
			t.Errorf("%v: %v, want %v", values, got, want)
		}
	}
}

// What a failure leaves behind is in one line, without the results.
func TestLastWords(t *testing.T) {
	want := "BenchmarkLog; bench_test.go:7: said something; BenchmarkHuge"
	if got := lastWords(strings.Replace(output, "BenchmarkHuge/1-000 	 1	 NaN x", "BenchmarkHuge", 1)); !strings.HasPrefix(got, want) || strings.Contains(got, "\n") {
		t.Errorf("got %q", got)
	}
	if got := lastWords(strings.Repeat("é", maxWords)); len(got) > maxWords+3 || strings.ContainsRune(got, '�') {
		t.Errorf("got %q", got)
	}
}
