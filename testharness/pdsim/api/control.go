package api

import (
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// The paths that are not PD's.
const (
	// HeartbeatPath takes a [sim.Report] by POST and answers [sim.Duties].
	HeartbeatPath = "/sim/heartbeat"
	// TroublePath takes a [Trouble] by POST.
	TroublePath = "/sim/regions"
)

// Trouble asks for trouble with a region.
type Trouble struct {
	RegionID uint64 `json:"region_id"`
	// Trouble is what is wrong from now on; empty takes it back.
	Trouble sim.Trouble `json:"trouble"`
}

func (a *api) heartbeat(w http.ResponseWriter, r *http.Request) {
	var report sim.Report
	if !read(w, r, &report) {
		return
	}
	duties, err := a.cluster.Heartbeat(report)
	if err != nil {
		refuse(w, err, http.StatusConflict)
		return
	}
	answer(w, http.StatusOK, duties)
}

func (a *api) trouble(w http.ResponseWriter, r *http.Request) {
	var t Trouble
	if !read(w, r, &t) {
		return
	}
	if err := a.cluster.Trouble(t.RegionID, t.Trouble); err != nil {
		refuse(w, err, http.StatusBadRequest, sim.RegionNotFound)
		return
	}
	answer(w, http.StatusOK, nil)
}
