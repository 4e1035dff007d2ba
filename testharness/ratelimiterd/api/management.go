package api

import (
	"net/http"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

// maxLimitBody is ample for two numbers.
const maxLimitBody = 64 << 10

type node struct {
	ID      string `json:"id"`
	Address string `json:"address"`
	// State is "Up": a node that is not is not on the list.
	State        string  `json:"state"`
	RegisteredAt *string `json:"registered_at"`
}

func (a *api) nodes(w http.ResponseWriter, r *http.Request, _ string) {
	ctx, cancel := a.redis(r)
	defer cancel()
	entries, err := a.Nodes(ctx)
	if err != nil {
		a.unavailable(w, err)
		return
	}
	nodes := make([]node, len(entries))
	for i, e := range entries {
		nodes[i] = node{e.ID, e.Address, "Up", e.RegisteredAt}
	}
	answer(w, http.StatusOK, map[string][]node{"nodes": nodes})
}

type counter struct {
	Key       string `json:"key"`
	Count     int64  `json:"count"`
	Limit     int64  `json:"limit"`
	Remaining int64  `json:"remaining"`
}

func (a *api) counters(w http.ResponseWriter, r *http.Request, _ string) {
	ctx, cancel := a.redis(r)
	defer cancel()
	found, err := a.Store.Counters(ctx)
	if err != nil {
		a.unavailable(w, err)
		return
	}
	counters := make([]counter, len(found))
	for i, c := range found {
		counters[i] = counter{c.Key, c.Count, c.Limit, c.Remaining()}
	}
	answer(w, http.StatusOK, map[string][]counter{"counters": counters})
}

type block struct {
	Key          string `json:"key"`
	CurrentCount int64  `json:"current_count"`
	Limit        int64  `json:"limit"`
}

func (a *api) blocks(w http.ResponseWriter, r *http.Request, _ string) {
	ctx, cancel := a.redis(r)
	defer cancel()
	found, err := a.Store.Blocked(ctx)
	if err != nil {
		a.unavailable(w, err)
		return
	}
	blocks := make([]block, len(found))
	for i, c := range found {
		blocks[i] = block{c.Key, c.Count, c.Limit}
	}
	answer(w, http.StatusOK, map[string][]block{"blocked": blocks})
}

func (a *api) limits(w http.ResponseWriter, _ *http.Request, _ string) {
	defaults := a.Store.Defaults()
	answer(w, http.StatusOK, struct {
		DefaultLimit    int64 `json:"default_limit"`
		DefaultWindowMS int64 `json:"default_window_ms"`
	}{defaults.Limit, defaults.WindowMS})
}

func (a *api) setLimit(w http.ResponseWriter, r *http.Request, key string) {
	doc, ok := read(w, r, maxLimitBody)
	if !ok {
		return
	}
	limit := doc.integer("limit", required, 0, window.MaxLimit)
	windowMS := doc.integer("window_ms", optional, 1, window.MaxWindowMS)
	if len(doc.problems) > 0 {
		refuse(w, doc.problems...)
		return
	}
	rule := window.Rule{Limit: *limit, WindowMS: a.Store.Defaults().WindowMS}
	if windowMS != nil {
		rule.WindowMS = *windowMS
	}
	ctx, cancel := a.redis(r)
	defer cancel()
	if err := a.Store.SetLimit(ctx, key, rule); err != nil {
		a.unavailable(w, err)
		return
	}
	answer(w, http.StatusOK, struct {
		Key      string `json:"key"`
		Limit    int64  `json:"limit"`
		WindowMS int64  `json:"window_ms"`
		Updated  bool   `json:"updated"`
	}{key, rule.Limit, rule.WindowMS, true})
}

func (a *api) reset(w http.ResponseWriter, r *http.Request, key string) {
	ctx, cancel := a.redis(r)
	defer cancel()
	existed, err := a.Store.Reset(ctx, key)
	if err != nil {
		a.unavailable(w, err)
		return
	}
	answer(w, http.StatusOK, struct {
		Key   string `json:"key"`
		Reset bool   `json:"reset"`
	}{key, existed})
}
