package server

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/sim"
)

// disk keeps a cluster in a file. It is safe for concurrent use.
type disk struct {
	path    string
	cluster *sim.Cluster
	log     *slog.Logger

	mu sync.Mutex // one writer at a time, in the order of what they write
}

// try saves and reports a failure to the log only.
func (d *disk) try() {
	if err := d.save(); err != nil {
		d.log.Error("cannot save", "error", err)
	}
}

// save writes the cluster where it has changed.
func (d *disk) save() error {
	if d.path == "" {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	saved, changed, err := d.cluster.Save()
	if err != nil || !changed {
		return err
	}
	return replace(d.path, saved)
}

// replace puts a file in place of another in one step.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("save the cluster: %w", err)
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("save the cluster: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}
