package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// action serves one method of one path; key is "" where the path names none.
type action func(w http.ResponseWriter, r *http.Request, key string)

// methods are the actions of one path.
type methods map[string]action

// router is not http.ServeMux, which cleans paths and redirects: the keys "..",
// "a//b" and "a%2Fb" would never arrive as themselves.
type router struct {
	fixed         map[string]methods
	reset, limits methods
}

// What stands around a key in a path.
const (
	countersPrefix = "/api/counters/"
	resetSuffix    = "/reset"
	limitsPrefix   = "/api/limits/"
)

func newRouter(a *api) *router {
	return &router{
		fixed: map[string]methods{
			"/check":        {http.MethodPost: a.check},
			"/api/nodes":    {http.MethodGet: a.nodes},
			"/api/counters": {http.MethodGet: a.counters},
			"/api/limits":   {http.MethodGet: a.limits},
			"/api/blocks":   {http.MethodGet: a.blocks},
			"/health":       {http.MethodGet: a.health},
			"/metrics":      {http.MethodGet: a.metrics},
			"/metrics/":     {http.MethodGet: a.metrics},
		},
		reset:  methods{http.MethodPost: a.reset},
		limits: methods{http.MethodPut: a.setLimit},
	}
}

// ServeHTTP finds the action for a request, or answers 404 or 405.
func (rt *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	found, key, ok := rt.match(r.URL.EscapedPath())
	if !ok {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet // net/http leaves the body out
	}
	act, ok := found[method]
	if !ok {
		w.Header().Set("Allow", strings.Join(slices.Sorted(maps.Keys(found)), ", "))
		fail(w, http.StatusMethodNotAllowed, "Method Not Allowed")
		return
	}
	if len(key) > MaxKey {
		refuse(w, tooLong("path", "key", MaxKey))
		return
	}
	act(w, r, key)
}

// match takes the path as it was sent, still escaped: "/reset" ends a path only
// where it is not part of the key.
func (rt *router) match(path string) (found methods, key string, ok bool) {
	if found, ok = rt.fixed[path]; ok {
		return found, "", true
	}
	if rest, cut := strings.CutPrefix(path, countersPrefix); cut {
		if key, cut = strings.CutSuffix(rest, resetSuffix); !cut {
			return nil, "", false
		}
		found = rt.reset
	} else if key, cut = strings.CutPrefix(path, limitsPrefix); cut {
		found = rt.limits
	} else {
		return nil, "", false
	}
	key, err := url.PathUnescape(key)
	return found, key, err == nil
}
