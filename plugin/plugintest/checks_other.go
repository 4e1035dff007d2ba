//go:build !unix

package plugintest

import "github.com/operator-ratelimiter/operator-ratelimiter/protocol/subjecttest"

// unix are the checks that take signals: none here.
func (p processes) unix() []subjecttest.Check { return nil }
