package main

import (
	"slices"
	"strings"
)

// A job is one go test: benchmarks of one package that match a pattern. Rows of
// equal jobs share its runs.
type job struct {
	pkg     string // relative to the module, such as ./clients/redis
	pattern string // of -bench
	time    string // of -benchtime; with "3x" as many iterations
}

// A row is one line of the page.
type row struct {
	name      string // by which it is chosen
	what      string // is measured
	yardstick string // it is measured beside; empty if it is not
	job       job
	bench     string   // whose metric it is, as go test names it, without "Benchmark"
	unit      string   // of the metric
	atMost    *float64 // the aim; nil if there is none
	missed    string   // why it is above the aim, where that is known
	limit     string   // what the next limit is, where it is below
}

// allRows are those of the page, in its order.
func allRows() []row {
	return slices.Concat(sweepRows, placeRows, sourceRows, boundaryRows, wholeRows)
}

// chosen returns the rows whose names begin with one of the words of choice,
// which are separated by commas, and all of them for none.
func chosen(all []row, choice string) []row {
	if choice == "" {
		return all
	}
	var some []row
	for _, r := range all {
		for word := range strings.SplitSeq(choice, ",") {
			if strings.HasPrefix(r.name, strings.TrimSpace(word)) {
				some = append(some, r)
				break
			}
		}
	}
	return some
}
