//go:build !linux

package soak

import "testing"

// gone tells whether nothing was sampled where nothing can be.
func gone(t *testing.T, last Sample) {
	t.Helper()
	if last.Host.ResidentMB >= 0 || last.Plugin.ResidentMB >= 0 {
		t.Errorf("%+v", last)
	}
}
