package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// answer writes PD's usual JSON.
func answer(w http.ResponseWriter, status int, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the caller may be gone
}

// compact writes JSON as PD writes regions: by a faster encoder, and without
// saying that it is JSON.
func compact(w http.ResponseWriter, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(body) // the caller may be gone
}

// refuse writes an error: what is not found as a 404 where the path names it,
// everything else with the status that the handler has for it.
func refuse(w http.ResponseWriter, err error, otherwise int, notFound ...sim.Kind) {
	status := otherwise
	if e, ok := errors.AsType[*sim.Error](err); ok {
		if e.Kind == sim.NotBootstrapped {
			status = http.StatusInternalServerError
		}
		for _, kind := range notFound {
			if e.Kind == kind {
				status = http.StatusNotFound
			}
		}
	}
	answer(w, status, err.Error())
}

// read decodes a body that has to be JSON.
func read(w http.ResponseWriter, r *http.Request, v any) bool {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	if err != nil {
		answer(w, http.StatusBadRequest, inputError{"input", err.Error(), err})
		return false
	}
	return true
}

// inputError is PD's answer to a body that it cannot read. Data is the decoder's
// own error, as that looks in JSON.
type inputError struct {
	Code string `json:"code"`
	Msg  string `json:"msg"`
	Data any    `json:"data"`
}

// pathID is the number in a path. What is none is refused as input.
func pathID(w http.ResponseWriter, r *http.Request) (uint64, bool) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		answer(w, http.StatusBadRequest, inputError{"input", err.Error(), nil})
		return 0, false
	}
	return id, true
}
