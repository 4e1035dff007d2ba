package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

// maxCheckBody leaves room for a key of MaxKey of which every byte is escaped
// as \u00XX.
const maxCheckBody = 8 << 20

// checked answers a check. The counts are null where they are not known, which
// is only while the node fails open.
type checked struct {
	Allowed           bool   `json:"allowed"`
	CurrentCount      *int64 `json:"current_count"`
	Remaining         *int64 `json:"remaining"`
	RetryAfterSeconds int64  `json:"retry_after_seconds"`
}

func (a *api) check(w http.ResponseWriter, r *http.Request, _ string) {
	doc, ok := read(w, r, maxCheckBody)
	if !ok {
		return
	}
	key := doc.text("key", MaxKey)
	rule := a.Store.Defaults()
	if limit := doc.integer("limit", optional, 0, window.MaxLimit); limit != nil {
		rule.Limit = *limit
	}
	if ms := doc.integer("window_ms", optional, 1, window.MaxWindowMS); ms != nil {
		rule.WindowMS = *ms
	}
	if len(doc.problems) > 0 {
		refuse(w, doc.problems...)
		return
	}

	results := a.Metrics.Key(key)
	ctx, cancel := a.redis(r)
	defer cancel()
	begin := time.Now()
	decision, err := a.Store.Check(ctx, key, rule)
	a.Metrics.Took(time.Since(begin))
	if err != nil {
		a.Metrics.Failed()
		if _, conflict := errors.AsType[*window.ConflictError](err); a.FailOpen && !conflict {
			results.Count(true)
			answer(w, http.StatusOK, checked{Allowed: true})
			return
		}
		a.unavailable(w, err)
		return
	}
	results.Count(decision.Allowed)
	decided(w, decision)
}

func decided(w http.ResponseWriter, d window.Decision) {
	remaining := max(0, d.Limit-d.Count)
	retry := (d.RetryAfterMS + 999) / 1000 // in whole seconds, never too soon
	header := w.Header()
	header.Set("X-RateLimit-Limit", strconv.FormatInt(d.Limit, 10))
	header.Set("X-RateLimit-Remaining", strconv.FormatInt(remaining, 10))
	status := http.StatusOK
	if !d.Allowed {
		status = http.StatusTooManyRequests
		header.Set("X-RateLimit-Reset", strconv.FormatInt(retry, 10))
	}
	answer(w, status, checked{d.Allowed, &d.Count, &remaining, retry})
}
