package render

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a duration with a unit and three digits: "850 µs", "12.3 ms",
// "1.5 s", "1m30s".
func Duration(d time.Duration) string {
	switch abs := d.Abs(); {
	case d == 0:
		return "0 s"
	case abs < time.Millisecond:
		return digits(float64(d)/float64(time.Microsecond)) + " µs"
	case abs < time.Second:
		return digits(float64(d)/float64(time.Millisecond)) + " ms"
	case abs < time.Minute:
		return digits(d.Seconds()) + " s"
	default:
		s := d.Round(time.Second).String()
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
		return s
	}
}

// digits is f with three significant digits, but never less than its integer
// part.
func digits(f float64) string {
	decimals := 2
	switch abs := math.Abs(f); {
	case abs >= 100:
		decimals = 0
	case abs >= 10:
		decimals = 1
	}
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// bytesText is a number of bytes: "512 B", "1.5 GiB".
func bytesText(n float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	i := 0
	for math.Abs(n) >= 1024 && i < len(units)-1 {
		n /= 1024
		i++
	}
	return digits(n) + " " + units[i]
}

// quantity gives a number the unit that its field's name ends in, and returns
// the name without it: ("latency_ms", "12.3") is ("latency", "12.3 ms").
func quantity(name, number string) (label, text string) {
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return name, number
	}
	if label, ok := strings.CutSuffix(name, "_ms"); ok && label != "" {
		if math.Abs(f) >= float64(math.MaxInt64)/float64(time.Millisecond) {
			return label, number + " ms"
		}
		return label, Duration(time.Duration(f * float64(time.Millisecond)))
	}
	if label, ok := strings.CutSuffix(name, "_bytes"); ok && label != "" {
		return label, bytesText(f)
	}
	return name, number
}

// count is a number with its noun: "1 source", "3 sources".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
