package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/redis/go-redis/v9"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/ratelimiterd/window"
)

// answer writes v as JSON. Errors of the connection are the server's to see.
func answer(w http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	// This is an API, not a page: "<" in a key stays "<".
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString(`{"detail":"the answer cannot be encoded"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(bytes.TrimRight(body.Bytes(), "\n"))
}

// fail writes an error that is one sentence.
func fail(w http.ResponseWriter, status int, detail string) {
	answer(w, status, struct {
		Detail string `json:"detail"`
	}{detail})
}

// refuse writes what is wrong with a request.
func refuse(w http.ResponseWriter, problems ...problem) {
	answer(w, http.StatusUnprocessableEntity, struct {
		Detail []problem `json:"detail"`
	}{problems})
}

// unavailable writes why the store has no answer.
func (a *api) unavailable(w http.ResponseWriter, err error) {
	if conflict, ok := errors.AsType[*window.ConflictError](err); ok {
		fail(w, http.StatusConflict, conflict.Error())
		return
	}
	fail(w, http.StatusServiceUnavailable, "redis: "+a.reason(err))
}

func (a *api) reason(err error) string {
	if refusal, ok := errors.AsType[redis.Error](err); ok {
		return failure.Line(refusal.Error())
	}
	if failure.Classify(err) == failure.Timeout {
		return "no answer within " + a.RedisTimeout.String()
	}
	return "not reachable: " + failure.Line(err.Error())
}
