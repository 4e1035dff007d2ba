package report

import (
	"strconv"
	"strings"
	"time"
)

// duration is a duration as people read it: "0.9 ms", "29 ms", "1.5 s", "12 s",
// "2m5s".
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return digits(float64(d)/float64(time.Millisecond)) + " ms"
	case d < time.Minute:
		return digits(d.Seconds()) + " s"
	default:
		return d.Round(time.Second).String()
	}
}

// digits is f with a decimal where it is small enough for one to matter.
func digits(f float64) string {
	decimals := 0
	if f < 9.95 {
		decimals = 1
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', decimals, 64), ".0")
}

// seconds is a duration as JUnit has it.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// count is a number with its noun: "1 run", "3 runs".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
