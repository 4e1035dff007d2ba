package main

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A result is one line of a benchmark: its name, without "Benchmark" and the
// number of processors, and what it reports, by unit.
type result struct {
	name    string
	metrics map[string]float64
}

// parse reads what go test prints of benchmarks, in the format that Go's
// "Proposal: Go Benchmark Data Format" (golang.org/design/14313-benchmark-format)
// describes. Whatever is no result, such as the output of a test, is passed over.
func parse(from io.Reader) ([]result, error) {
	var all []result
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if r, ok := parseLine(lines.Text()); ok {
			all = append(all, r)
		}
	}
	return all, lines.Err()
}

// parseLine reads a name, how many iterations there were, and pairs of a value
// and its unit.
func parseLine(line string) (result, bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || len(fields)%2 != 0 || !strings.HasPrefix(fields[0], "Benchmark") {
		return result{}, false
	}
	if n, err := strconv.ParseInt(fields[1], 10, 64); err != nil || n <= 0 {
		return result{}, false
	}
	r := result{name: bareName(fields[0]), metrics: make(map[string]float64)}
	for i := 2; i < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return result{}, false
		}
		r.metrics[fields[i+1]] = value
	}
	return r, true
}

// bareName takes "Benchmark" and the number of processors away, which go test
// leaves out where it is 1.
func bareName(name string) string {
	name = strings.TrimPrefix(name, "Benchmark")
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		if _, err := strconv.ParseUint(name[i+1:], 10, 16); err == nil {
			return name[:i]
		}
	}
	return name
}

// valuesOf returns what the results of a benchmark say in a unit, in their order.
func valuesOf(results []result, name, unit string) []float64 {
	var values []float64
	for _, r := range results {
		if value, ok := r.metrics[unit]; ok && r.name == name {
			values = append(values, value)
		}
	}
	return values
}

// median returns the middle one of values, or the mean of the two. There has to
// be one.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[middle-1] + sorted[middle]) / 2
	}
	return sorted[middle]
}
