package api

import (
	"net/http"
)

func (a *api) operators(w http.ResponseWriter, _ *http.Request) {
	texts, err := a.cluster.Operators()
	if err != nil {
		refuse(w, err, http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, texts)
}

// fields is a body as PD takes it: by name, and only as the type it expects, so
// that a number in quotes counts as missing.
type fields map[string]any

func (f fields) id(name string) (uint64, bool) {
	n, ok := f[name].(float64)
	return uint64(n), ok
}

func (a *api) addOperator(w http.ResponseWriter, r *http.Request) {
	var f fields
	if !read(w, r, &f) {
		return
	}
	name, ok := f["name"].(string)
	if !ok {
		answer(w, http.StatusBadRequest, "missing operator name")
		return
	}
	if name != "transfer-leader" && name != "transfer-peer" {
		answer(w, http.StatusBadRequest, "unknown operator")
		return
	}
	region, ok := f.id("region_id")
	if !ok {
		answer(w, http.StatusBadRequest, "missing region id")
		return
	}
	to, hasTo := f.id("to_store_id")
	from, hasFrom := f.id("from_store_id")
	var err error
	switch {
	case name == "transfer-leader" && !hasTo:
		answer(w, http.StatusBadRequest, "missing store id to transfer leader to")
		return
	case name == "transfer-leader":
		err = a.cluster.TransferLeader(region, to)
	case !hasFrom:
		answer(w, http.StatusBadRequest, "invalid store id to transfer peer from")
		return
	case !hasTo:
		answer(w, http.StatusBadRequest, "invalid store id to transfer peer to")
		return
	default:
		err = a.cluster.TransferPeer(region, from, to)
	}
	if err != nil {
		refuse(w, err, http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, "The operator is created.")
}
