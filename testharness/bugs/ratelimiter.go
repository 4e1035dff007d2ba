package bugs

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/ratelimiter"
	"github.com/operator-ratelimiter/operator-ratelimiter/clients/redis"
	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/stack"
)

// askTimeout bounds what a bug asks by itself, so that it makes no other mistake
// than its own: the observation is in time all the same.
const askTimeout = 250 * time.Millisecond

// config is what the bugs need of the rate limiter's configuration.
type config struct {
	Management struct {
		URLs []string `json:"urls"`
	} `json:"management"`
	Redis struct {
		Addresses []string `json:"addresses"`
		Username  string   `json:"username"`
		Password  string   `json:"password"`
	} `json:"redis"`
}

// configOf returns where the subject looks.
func configOf(st stack.Stack) config {
	var c config
	if err := json.Unmarshal(st.Config(), &c); err != nil {
		panic(fmt.Sprintf("the stack's configuration of its subject is none: %v", err)) // the harness's own
	}
	return c
}

// managementOf returns a client of the API that the subject asks.
func managementOf(st stack.Stack) *ratelimiter.Client {
	c, err := ratelimiter.New(ratelimiter.Options{BaseURLs: configOf(st).Management.URLs})
	if err != nil {
		panic(fmt.Sprintf("the stack's configuration of the management API: %v", err)) // the harness's own
	}
	return c
}

// redisOf returns a client of the Redis that the subject reads, a single one.
func redisOf(st stack.Stack) *redis.Client {
	section := configOf(st).Redis
	c, err := redis.New(redis.Options{Addrs: section.Addresses, Username: section.Username, Password: section.Password})
	if err != nil {
		panic(fmt.Sprintf("the stack's configuration of Redis: %v", err)) // the harness's own
	}
	return c
}
