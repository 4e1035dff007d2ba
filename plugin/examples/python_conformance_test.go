//go:build unix && conformance

package examples_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/plugin/plugintest"
	"github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"
)

func TestPythonConforms(t *testing.T) {
	opts := buildPython(t)
	s := newSpool(t)
	wrong := func(config string) json.RawMessage { return json.RawMessage(config) }
	subjecttest.Test(t, subjecttest.Suite{
		Start:  plugintest.Binary(opts),
		Config: s.config(),
		Down:   (s + "/missing").config(),
		Wrong: []subjecttest.WrongConfig{
			{Name: "relative", Config: wrong(`{"directory": "spool"}`), Paths: []string{"directory"}},
			{Name: "several", Config: wrong(`{"max_files": -1, "max_age_s": 0, "colour": 1}`), Paths: []string{"directory", "max_files", "max_age_s", "colour"}},
			{Name: "twice", Config: wrong(`{"directory": "/a", "directory": "/b"}`), Paths: []string{""}},
		},
		Actions: map[string]subjecttest.Example{
			"retry_file":  {Params: params(t, "file", oddText), Before: s.fail},
			"remove_lock": {Params: params(t, "pid", noPID), Before: s.lock},
		},
		Probe: s.list,
		Extra: plugintest.ProcessChecks(opts),
		Slack: 5 * time.Second,
	})
}
