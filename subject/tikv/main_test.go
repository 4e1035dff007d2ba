package tikv

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/tikvcluster"
)

// build is the simulation that the clusters of this package run.
var build tikvcluster.Build

// update rewrites the golden files: go test ./subject/tikv -update.
var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(build.Exit(code)) }))
}
