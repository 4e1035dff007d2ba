//go:build !linux

package plugin

const limitable = false

// impose does nothing: limits that are not zero have been refused.
func (Limits) impose(int) error { return nil }
