//go:build linux && endurance

package faulty_test

const (
	cycles = 1000
	kills  = 100

	flooded = 100 << 20
)
