package ratelimiter

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
)

// build is the node that all clusters of this package run.
var build cluster.Build

// update rewrites the golden files: go test ./subject/ratelimiter -update.
var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(build.Exit(code)) }))
}
