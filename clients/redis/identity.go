package redis

import (
	"strconv"
	"strings"

	"github.com/operator-ratelimiter/operator-ratelimiter/clients/failure"
)

// identity is what a server says about itself in INFO.
type identity struct {
	run     string // changes with every start; "" where it is not told
	version string
	foreign string // what makes it something other than a plain Redis
	cluster bool
}

// The versions of Redis whose tables are known to be walked as [part] says:
// from the first that had MEMORY and UNLINK to the last that was looked at.
// Redis 7.4 and later prepend the slot to the cursor in Cluster mode only.
const (
	oldestSplit = 4_00
	newestSplit = 8_00
)

// otherServers are the fields of INFO by which servers that speak Redis's
// language, and claim a version of it, tell that they are none.
var otherServers = [...]string{
	"dragonfly_version", "garnet_version", "kvrocks_version", "valkey_version", "keydb_version", "mvcc_depth",
}

// identify reads the answer to INFO server.
func identify(info string) identity {
	var id identity
	for line := range strings.Lines(info) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "run_id":
			id.run = text
		case "redis_version":
			id.version = text
		case "redis_mode":
			id.cluster = text == "cluster"
		case "server_name":
			if text != "redis" {
				id.foreign = "it is " + text
			}
		case "os":
			if strings.Contains(text, "Amazon") {
				id.foreign = "it is a service's own Redis"
			}
		}
		for _, other := range otherServers {
			if name == other {
				id.foreign = "it has a " + other
			}
		}
	}
	return id
}

// splits says why the cursor space must not be cut into parts; "" if it may be.
func (id identity) splits() (why string) {
	major, rest, _ := strings.Cut(id.version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	x, errX := strconv.Atoi(major)
	y, errY := strconv.Atoi(minor)
	switch {
	case id.version == "":
		return "the server does not tell its version (INFO)"
	case id.foreign != "":
		return "the server is not known to have Redis's cursors: " + failure.Line(id.foreign)
	case errX != nil || errY != nil || x*100+y < oldestSplit || x*100+y > newestSplit:
		return "the cursors of this version are not known: " + failure.Line(id.version)
	case id.cluster:
		return "a Cluster's masters are swept side by side already"
	default:
		return ""
	}
}
