package api

import (
	"net/http"
	"time"
)

// member is how PD describes one of its own.
type member struct {
	Name          string   `json:"name"`
	ID            uint64   `json:"member_id"`
	PeerURLs      []string `json:"peer_urls"`
	ClientURLs    []string `json:"client_urls"`
	DeployPath    string   `json:"deploy_path"`
	BinaryVersion string   `json:"binary_version"`
	GitHash       string   `json:"git_hash"`
}

func (a *api) me() member {
	_, id := a.cluster.Identity()
	return member{
		Name: a.self.Name, ID: id, PeerURLs: []string{a.self.URL}, ClientURLs: []string{a.self.URL},
		DeployPath: "/opt/pd/bin", BinaryVersion: "v8.5.2", GitHash: "None",
	}
}

func (a *api) members(w http.ResponseWriter, _ *http.Request) {
	cluster, _ := a.cluster.Identity()
	me := a.me()
	answer(w, http.StatusOK, struct {
		Header struct {
			ClusterID uint64 `json:"cluster_id"`
		} `json:"header"`
		Members    []member `json:"members"`
		Leader     member   `json:"leader"`
		EtcdLeader member   `json:"etcd_leader"`
	}{struct {
		ClusterID uint64 `json:"cluster_id"`
	}{cluster}, []member{me}, me, me})
}

func (a *api) leader(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, a.me()) }

func (a *api) health(w http.ResponseWriter, _ *http.Request) {
	me := a.me()
	type health struct {
		Name       string   `json:"name"`
		ID         uint64   `json:"member_id"`
		ClientURLs []string `json:"client_urls"`
		Health     bool     `json:"health"`
	}
	answer(w, http.StatusOK, []health{{me.Name, me.ID, me.ClientURLs, true}})
}

func (a *api) status(w http.ResponseWriter, _ *http.Request) {
	since := a.cluster.Bootstrapped()
	answer(w, http.StatusOK, struct {
		Bootstrapped time.Time `json:"raft_bootstrap_time"`
		Initialized  bool      `json:"is_initialized"`
		Replication  string    `json:"replication_status"`
	}{since, !since.IsZero(), ""})
}
