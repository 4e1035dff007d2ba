//go:build linux && !race

package faulty_test

const raceEnabled = false
