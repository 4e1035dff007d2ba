package soak

import "testing"

// gone tells whether the processes were sampled, and have ended since.
func gone(t *testing.T, last Sample) {
	t.Helper()
	for name, use := range map[string]Use{"host": last.Host, "plugin": last.Plugin} {
		if use.PID == 0 || use.ResidentMB < 5 || use.Descriptors < 5 || use.Threads < 2 || use.CPUSeconds <= 0 {
			t.Errorf("the %s uses %+v", name, use)
		}
	}
	if last.Host.PID == last.Plugin.PID || childOf(last.Host.PID) != 0 || cpuOf(last.Host.PID) >= 0 || cpuOf(last.Plugin.PID) >= 0 {
		t.Errorf("%+v is still there", last)
	}
}
