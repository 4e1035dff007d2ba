// Command tikvstore stands in for one TiKV store: it heartbeats to a pdsim and
// exports a store's metrics under TiKV's names. It stores nothing.
package main

import (
	"os"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/program"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/store"
)

func main() { os.Exit(program.Main("tikvstore", os.Args[1:], os.Stdout, os.Stderr, store.New())) }
