package api

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

func (a *api) stores(w http.ResponseWriter, r *http.Request) {
	views, err := a.cluster.Stores()
	if err != nil {
		refuse(w, err, http.StatusInternalServerError)
		return
	}
	wanted := []sim.Lifecycle{sim.Up, sim.Offline}
	if states, ok := r.URL.Query()["state"]; ok {
		wanted = nil
		for _, text := range states {
			n, err := strconv.Atoi(text)
			if err != nil {
				answer(w, http.StatusInternalServerError, err.Error())
				return
			}
			if n < int(sim.Up) || n > int(sim.Tombstone) {
				answer(w, http.StatusInternalServerError, "unknown StoreState: "+text)
				return
			}
			wanted = append(wanted, sim.Lifecycle(n))
		}
	}
	list := struct {
		Count  int         `json:"count"`
		Stores []storeInfo `json:"stores"`
	}{Stores: []storeInfo{}}
	for _, v := range views {
		if slices.Contains(wanted, v.Lifecycle) {
			list.Stores = append(list.Stores, storeInfoOf(v))
		}
	}
	list.Count = len(list.Stores)
	shuffle(list.Stores)
	answer(w, http.StatusOK, list)
}

// shuffle brings a list into an order that nobody should rely on, PD's own being
// that of a map.
func shuffle[T any](list []T) {
	//nolint:gosec // nothing secret depends on it
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func (a *api) store(w http.ResponseWriter, r *http.Request) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	v, err := a.cluster.Store(id)
	if err != nil {
		refuse(w, err, http.StatusInternalServerError, sim.StoreNotFound)
		return
	}
	answer(w, http.StatusOK, storeInfoOf(v))
}

func (a *api) removeStore(w http.ResponseWriter, r *http.Request) {
	a.changeStore(w, r, "The store is set as Offline.", func(id uint64) error {
		return a.cluster.RemoveStore(id, r.URL.Query().Has("force"))
	})
}

func (a *api) setStoreState(w http.ResponseWriter, r *http.Request) {
	a.changeStore(w, r, "The store's state is updated.", func(id uint64) error {
		switch state := r.URL.Query().Get("state"); {
		case strings.EqualFold(state, sim.StateUp):
			return a.cluster.UpStore(id)
		case strings.EqualFold(state, sim.StateOffline):
			return a.cluster.RemoveStore(id, false)
		default:
			return &sim.Error{Kind: sim.Refused, Text: "invalid state " + state}
		}
	})
}

func (a *api) changeStore(w http.ResponseWriter, r *http.Request, done string, change func(id uint64) error) {
	id, ok := pathID(w, r)
	if !ok {
		return
	}
	err := change(id)
	if err == nil {
		answer(w, http.StatusOK, done)
		return
	}
	status := http.StatusBadRequest
	if e, ok := errors.AsType[*sim.Error](err); ok && e.Kind == sim.StoreRemoved {
		status = http.StatusGone
	}
	refuse(w, err, status, sim.StoreNotFound)
}
