package main

import (
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
)

// hushRedis keeps go-redis from writing to standard error about connections that
// die, which is what scenarios are made of. There it would stand between the
// lines of the progress, and what a client has to say of a failure is in the
// error of the call. The logger is one for the whole process, so it is set here
// and not where clients are made, in this process only: a node's and a plugin's
// words are in the logs of the run.
func hushRedis() { redis.SetLogger(&logging.VoidLogger{}) }
