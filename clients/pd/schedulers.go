package pd

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/document"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/endpoints"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/internal/httpapi"
)

const (
	schedulersPath  = "/schedulers"
	evictLeader     = "evict-leader-scheduler"
	evictLeaderList = "/scheduler-config/" + evictLeader + "/list"
)

// Schedulers lists the names of the schedulers that there are, running or
// paused, in PD's order, which is none.
func (c *Client) Schedulers(ctx context.Context) ([]string, error) {
	return get(ctx, c, schedulersPath, document.DecodeTexts)
}

// AddEvictLeader has PD move all leaders off a store and keep them off, until
// [Client.RemoveEvictLeader], over restarts of PD too. PD answers alike whether
// or not it was doing so already; a store that it does not know is an error
// that [NotFound] recognises. It is sent at most once; a failure with Sent set
// may have happened, unless it is Rejected.
func (c *Client) AddEvictLeader(ctx context.Context, store uint64) error {
	if wrong := problem(id{"store", store}); wrong != "" {
		return invalid(http.MethodPost, schedulersPath, wrong)
	}
	return post(ctx, c, schedulersPath, struct {
		Name  string `json:"name"`
		Store uint64 `json:"store_id"`
	}{evictLeader, store}, refused)
}

// RemoveEvictLeader lets a store have leaders again. If none were being evicted
// from it, that is an error that [NotFound] recognises. It is sent at most once;
// a failure with Sent set may have happened, unless it is Rejected.
func (c *Client) RemoveEvictLeader(ctx context.Context, store uint64) error {
	path := schedulersPath + "/" + evictLeader + "-" + decimal(store)
	if wrong := problem(id{"store", store}); wrong != "" {
		return invalid(http.MethodDelete, path, wrong)
	}
	request := endpoints.Request{Method: http.MethodDelete, Path: apiPath + path}
	return change(ctx, c, request, func(resp httpapi.Response) endpoints.Refusal {
		r := refused(resp)
		// PD passes this call on to its own scheduler and repeats the status, but
		// not what was said with it.
		if said, ok := r.Err.(*Error); ok && said.notFound && said.Code == "" { //nolint:errorlint // set by refused as it is
			said.Code, said.Message = CodeSchedulerNotFound, "no leaders are being evicted from store "+decimal(store)
			r.Detail = said.Error()
		}
		return r
	})
}

// EvictLeaderStores lists the stores whose leaders are being evicted on
// purpose, by id. PD has the list only while the scheduler exists, and without
// it answers as to any unknown path; so none are evicted only where PD's list
// of schedulers does not have that one. Every other failure is a failure.
func (c *Client) EvictLeaderStores(ctx context.Context) ([]uint64, error) {
	for tried := false; ; tried = true {
		schedulers, err := c.Schedulers(ctx)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(schedulers, evictLeader) {
			return []uint64{}, nil
		}
		stores, err := get(ctx, c, evictLeaderList, decodeEvictLeader)
		if err == nil || tried || !gone(err) {
			return stores, err
		}
		// It went between the two calls: look again, once.
	}
}

// gone reports whether an answer was a 404, of whatever kind.
func gone(err error) bool {
	fe, ok := errors.AsType[*failure.Error](err)
	return ok && fe.Status == http.StatusNotFound
}

func decodeEvictLeader(body []byte) ([]uint64, error) {
	return document.Decode(body, func(o document.Object) []uint64 {
		stores := o.Object("store-id-ranges")
		ids := make([]uint64, 0, len(stores.Names()))
		for _, name := range stores.Names() {
			ids = append(ids, storeID(stores, name))
		}
		slices.Sort(ids)
		return ids
	})
}
