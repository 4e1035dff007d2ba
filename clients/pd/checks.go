package pd

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
)

// Check is a kind of region that something is wrong with, or to be done about.
type Check string

// The checks. PD counts a region under several where several apply.
const (
	CheckMissPeer    Check = "miss-peer"    // fewer copies than configured
	CheckDownPeer    Check = "down-peer"    // with a peer that its leader does not hear
	CheckPendingPeer Check = "pending-peer" // with a peer whose log is behind
	CheckExtraPeer   Check = "extra-peer"   // more copies than configured
	CheckOfflinePeer Check = "offline-peer" // with a peer on a store that is being removed
	CheckLearnerPeer Check = "learner-peer" // with a learner
	CheckEmptyRegion Check = "empty-region" // of no more than 1 MiB
)

// RegionList is how many regions there are of a kind, and the first of them.
type RegionList struct {
	Count   int
	Regions []Region // as many as were to be kept, in PD's order, which is none
}

// Check counts the regions of a kind and returns the first keep of them; 0
// counts only. No more of the answer is read than that takes, and none is held
// but those regions, so that a cluster in the worst state, where the answer has
// a million of them, costs no more than another.
//
// A PD that has just begun to lead counts none until regions have reported.
func (c *Client) Check(ctx context.Context, kind Check, keep int) (RegionList, error) {
	path := "/regions/check/" + string(kind)
	switch kind {
	case CheckMissPeer, CheckDownPeer, CheckPendingPeer, CheckExtraPeer, CheckOfflinePeer, CheckLearnerPeer, CheckEmptyRegion:
	default:
		return RegionList{}, invalid(http.MethodGet, "/regions/check/{kind}", "kind: there is no "+failure.Quote(string(kind)))
	}
	if keep < 0 {
		return RegionList{}, invalid(http.MethodGet, path, "keep: negative: "+strconv.Itoa(keep))
	}
	return endpoints.Ask(ctx, c.group, reading(path, "", func(body io.Reader) (RegionList, error) {
		return decodeRegions(body, keep)
	}))
}
