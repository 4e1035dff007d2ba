package server

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/api"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

func newDisk(t *testing.T, path string) *disk {
	t.Helper()
	s := Server{file: path, settings: sim.Defaults()}
	saved, err := s.read()
	if err != nil {
		t.Fatal(err)
	}
	s.settings.BootstrapStores = 1
	c, err := sim.New(s.settings, saved)
	if err != nil {
		t.Fatal(err)
	}
	return &disk{path: path, cluster: c}
}

// What was asked for is on the disk when it is answered, so that a kill right
// after the answer loses nothing.
func TestAnAnswerIsSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pd.json")
	d := newDisk(t, path)
	if _, err := d.cluster.Heartbeat(sim.Report{StoreID: 1, Address: "tikv-1"}); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	d.saving(api.New(d.cluster, api.Member{})).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, api.Prefix+"/schedulers", strings.NewReader(`{"name":"evict-leader-scheduler","store_id":1}`)))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	again := newDisk(t, path)
	if ids, ok := again.cluster.Evicted(); len(ids) != 1 || !ok {
		t.Errorf("evicted = %v, %t", ids, ok)
	}
	if regions, err := again.cluster.Regions(); err != nil || len(regions) != 50 {
		t.Errorf("%d regions, %v", len(regions), err)
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("files = %v, %v; want only the one", files, err)
	}
}

func TestNothingIsLeftOfAFailedSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pd.json")
	if err := os.Mkdir(path, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "full"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replace(path, []byte("{}")); err == nil {
		t.Error("a directory was replaced")
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("files = %v, %v", files, err)
	}
}

func TestGarbageIsNotACluster(t *testing.T) {
	if _, err := sim.New(sim.Defaults(), []byte("{")); err == nil {
		t.Error("garbage was taken for a cluster")
	}
}
