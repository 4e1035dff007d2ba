//go:build unix

package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/cluster"
)

// Started with this variable, the test binary is somebody who starts a cluster
// with the node at os.Args[1], tells of it, and comes to a bad end.
const roleVariable = "CLUSTER_TEST_ROLE"

type belongings struct {
	Dir  string
	PIDs []int
}

func own(role string) {
	c, err := cluster.Start(context.Background(), cluster.Options{NodeBinary: os.Args[1], WithoutPrometheus: role != "busy"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	owned := belongings{Dir: c.Dir(), PIDs: []int{c.Redis().PID()}}
	for _, n := range c.Nodes() {
		owned.PIDs = append(owned.PIDs, n.PID())
	}
	if p := c.Prometheus(); p != nil {
		owned.PIDs = append(owned.PIDs, p.PID())
	}
	_ = json.NewEncoder(os.Stdout).Encode(owned) // the reader sees what is missing
	if role == "panics" {
		panic("a test panics in a goroutine of its own")
	}
	select {}
}
