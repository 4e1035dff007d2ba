//go:build linux && !endurance

package faulty_test

// How much is done of what takes long. With the build tag endurance it is as
// much as is promised.
const (
	cycles = 30 // starts, crashes and restarts
	kills  = 5  // of a host

	flooded = 8 << 20 // bytes that a flood has
)
