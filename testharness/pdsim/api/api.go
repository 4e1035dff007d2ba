package api

import (
	"net/http"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// Prefix begins every path of PD's own.
const Prefix = "/pd/api/v1"

// maxBody bounds what is read of a request.
const maxBody = 1 << 20

// Member is how this PD presents itself.
type Member struct {
	// Name is the member's name, URL the base URL by which clients reach it.
	Name, URL string
}

// New returns the API of a cluster. It is safe for concurrent use.
func New(cluster *sim.Cluster, self Member) http.Handler {
	a := &api{cluster: cluster, self: self}
	mux := http.NewServeMux()
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /stores":                   a.stores,
		"GET /store/{id}":               a.store,
		"DELETE /store/{id}":            a.removeStore,
		"POST /store/{id}/state":        a.setStoreState,
		"GET /regions":                  a.regions,
		"GET /regions/key":              a.scan,
		"GET /region/id/{id}":           a.region,
		"GET /stats/region":             a.statistics,
		"GET /health":                   a.health,
		"GET /members":                  a.members,
		"GET /leader":                   a.leader,
		"GET /cluster/status":           a.status,
		"GET /config/schedule":          a.config,
		"POST /config/schedule":         a.configure,
		"GET /operators":                a.operators,
		"POST /operators":               a.addOperator,
		"GET /schedulers":               a.schedulers,
		"POST /schedulers":              a.addScheduler,
		"DELETE /schedulers/{name}":     a.removeScheduler,
		"GET " + evictLeaderConfigsPath: a.evictLeaderConfig,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+Prefix+path, handle)
	}
	for _, check := range sim.Checks() {
		mux.HandleFunc("GET "+Prefix+"/regions/check/"+string(check), a.check(check))
	}
	mux.HandleFunc("POST "+HeartbeatPath, a.heartbeat)
	mux.HandleFunc("POST "+TroublePath, a.trouble)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		mux.ServeHTTP(w, r)
	})
}

type api struct {
	cluster *sim.Cluster
	self    Member
}
