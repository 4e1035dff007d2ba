package pd

import (
	"math"
	"strconv"
	"strings"
)

// The units in which PD writes sizes. The series goes on, but not within what
// an int64 holds.
var sizeUnits = [...]struct {
	suffix string
	bytes  float64
}{
	// Longest first: every other ends in B.
	{"KiB", 1 << 10},
	{"MiB", 1 << 20},
	{"GiB", 1 << 30},
	{"TiB", 1 << 40},
	{"PiB", 1 << 50},
	{"EiB", 1 << 60},
	{"B", 1},
}

// parseSize reads a size as PD writes it, "3.469GiB", in bytes. PD keeps four
// significant digits, so the result is within 0.05 % of what PD knows.
func parseSize(text string) (bytes int64, ok bool) {
	for _, unit := range sizeUnits {
		digits, has := strings.CutSuffix(text, unit.suffix)
		if !has {
			continue
		}
		if digits == "" || strings.Trim(digits, "0123456789.") != "" {
			return 0, false // no sign, exponent, underscore, Inf or NaN
		}
		n, err := strconv.ParseFloat(digits, 64)
		if err != nil || n*unit.bytes >= math.MaxInt64 {
			return 0, false
		}
		return int64(math.Round(n * unit.bytes)), true
	}
	return 0, false
}
