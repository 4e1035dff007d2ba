//go:build !linux

package plugin

// ownThread does nothing: where a process was started from does not matter.
func ownThread() (end func()) { return func() {} }

// awaitEnd reports that it cannot wait for a process without forgetting it.
// What is left of its group keeps the group's ID from being another's.
func awaitEnd(int) bool { return false }
