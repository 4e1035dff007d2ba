// Command pdsim stands in for TiKV's Placement Driver: it answers PD's HTTP API
// as a PD v8.5 does, for a cluster whose stores are the processes of command
// tikvstore and whose regions exist only as entries in a table.
//
// `pdsim --help` lists its settings; the packages below tell how it works: sim
// (the model), api (HTTP), server (settings and life), store (the other side).
package main

import (
	"os"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/program"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/pdsim/server"
)

func main() { os.Exit(program.Main("pdsim", os.Args[1:], os.Stdout, os.Stderr, server.New())) }
