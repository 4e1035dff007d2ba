package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

const evictLeaderConfigsPath = "/scheduler-config/" + sim.EvictLeader + "/list"

func (a *api) schedulers(w http.ResponseWriter, _ *http.Request) {
	names, err := a.cluster.Schedulers()
	if err != nil {
		refuse(w, err, http.StatusInternalServerError)
		return
	}
	shuffle(names)
	answer(w, http.StatusOK, names)
}

func (a *api) addScheduler(w http.ResponseWriter, r *http.Request) {
	var f fields
	if !read(w, r, &f) {
		return
	}
	name, ok := f["name"].(string)
	var err error
	switch store, hasStore := f.id("store_id"); {
	case !ok:
		answer(w, http.StatusBadRequest, "missing scheduler name")
		return
	case name == sim.EvictLeader && !hasStore:
		answer(w, http.StatusBadRequest, "missing store id")
		return
	case name == sim.EvictLeader:
		var existed bool
		existed, err = a.cluster.EvictLeaders(store)
		if err != nil && existed {
			// PD asks itself by HTTP then, and passes on the text that it gets
			// with its quotes and newline.
			answer(w, http.StatusInternalServerError, quoted(err))
			return
		}
	case sim.KnownScheduler(name):
		err = a.cluster.AddScheduler(name)
	default:
		answer(w, http.StatusBadRequest, "unknown scheduler")
		return
	}
	if err != nil {
		refuse(w, err, http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, "The scheduler is created.")
}

func quoted(err error) string {
	text, marshalError := json.Marshal(err.Error())
	if marshalError != nil {
		return err.Error() // a text has JSON
	}
	return string(text) + "\n"
}

// removeScheduler ends a scheduler. Of one that is named with a store PD passes
// on only the status of its answer to itself.
func (a *api) removeScheduler(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if text, ok := strings.CutPrefix(name, sim.EvictLeader+"-"); ok {
		store, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			answer(w, http.StatusBadRequest, nil)
			return
		}
		err = a.cluster.StopEvicting(store)
		switch {
		case err == nil:
			answer(w, http.StatusOK, nil)
		case a.cluster.Bootstrapped().IsZero():
			refuse(w, err, http.StatusInternalServerError)
		default:
			answer(w, http.StatusNotFound, nil)
		}
		return
	}
	if err := a.cluster.RemoveScheduler(name); err != nil {
		refuse(w, err, http.StatusInternalServerError, sim.SchedulerNotFound)
		return
	}
	answer(w, http.StatusOK, "The scheduler is removed.")
}

// evictLeaderConfig tells the stores and key ranges whose leaders are evicted.
// The path exists only while the scheduler does.
func (a *api) evictLeaderConfig(w http.ResponseWriter, r *http.Request) {
	stores, ok := a.cluster.Evicted()
	if !ok {
		http.NotFound(w, r)
		return
	}
	type keyRange struct {
		End   string `json:"end-key"`
		Start string `json:"start-key"`
	}
	config := struct {
		Ranges map[uint64][]keyRange `json:"store-id-ranges"`
		Batch  int                   `json:"batch"`
	}{map[uint64][]keyRange{}, sim.EvictBatch}
	for _, id := range stores {
		config.Ranges[id] = []keyRange{{}}
	}
	answer(w, http.StatusOK, config)
}
