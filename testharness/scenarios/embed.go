// Package scenarios has the scenarios that come with the harness, one folder of
// YAML for each system. `operator scenario run` runs them where it is given no
// PATH, from any directory, because they are part of the binary.
//
// The folder long has those that take too long for that. They are run by their
// path, as `make soak` does.
package scenarios

import "embed"

// FS has all of them but the long ones, as in the source:
// "ratelimiter/redis_hung.yaml".
//
//go:embed ratelimiter/*.yaml tikv/*.yaml
var FS embed.FS
