package soak

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/host"
)

// A Record is what a soak has seen.
type Record struct {
	Summary

	// Events are those that the operator told, other than observations; the first
	// hundred.
	Events []host.Event `json:"events"`
	// Samples are in the order in which they were taken.
	Samples []Sample `json:"samples"`
}

// A Summary is a soak in short.
type Summary struct {
	// Began is when everything worked and the first sample was taken.
	Began time.Time `json:"began"`
	// Seconds is how long it lasted, Planned how long it should have: it may have
	// been interrupted.
	Seconds float64 `json:"seconds"`
	Planned float64 `json:"planned_seconds"`
	// Nodes is how many nodes the cluster had, Rate how many checks it was to be
	// asked for per second.
	Nodes int     `json:"nodes"`
	Rate  float64 `json:"rate"`
	// Checks is how many were answered, Failed how many were not.
	Checks uint64 `json:"checks"`
	Failed uint64 `json:"failed"`
	// Observations is how many the operator made, Broken how many of them found an
	// invariant broken, Unknown how many could not judge one. Told is how many
	// events there were besides.
	Observations int `json:"observations"`
	Broken       int `json:"broken"`
	Unknown      int `json:"unknown"`
	Told         int `json:"told"`
	// Trends are of the host and of its plugin.
	Trends []Trend `json:"trends"`
}

// A Sample is what the two processes used at one time.
type Sample struct {
	// At is in seconds since the soak began.
	At     float64 `json:"at"`
	Host   Use     `json:"host"`
	Plugin Use     `json:"plugin"`
}

// Use is what a process uses. What is not known is -1.
type Use struct {
	PID         int     `json:"pid"`
	ResidentMB  float64 `json:"resident_mb"` // of 2^20 bytes
	Descriptors int     `json:"descriptors"`
	Threads     int     `json:"threads"`
	CPUSeconds  float64 `json:"cpu_seconds"` // since the process began
}

// The names of what a soak leaves in its directory.
const (
	recordFile = "soak.json"
	tableFile  = "soak.txt"
	plotFile   = "soak.svg"
)

// Save writes the record, its table and its plot into a directory, which is made
// where it is missing.
func (r *Record) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(dir, recordFile), append(data, '\n'), 0o600),
		os.WriteFile(filepath.Join(dir, tableFile), []byte(r.Text()), 0o600),
		os.WriteFile(filepath.Join(dir, plotFile), []byte(r.Plot()), 0o600),
	)
}

// Load reads the summary of the soak that was saved into a directory. An error
// that is [os.ErrNotExist] says that none was.
func Load(dir string) (Summary, error) {
	path := filepath.Join(dir, recordFile)
	data, err := os.ReadFile(path) //nolint:gosec // the path is the caller's
	if err != nil {
		return Summary{}, err
	}
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return Summary{}, fmt.Errorf("read %s: %w", path, err)
	}
	return r.Summary, nil
}

// Plotted is where the plot of a directory is.
func Plotted(dir string) string { return filepath.Join(dir, plotFile) }
