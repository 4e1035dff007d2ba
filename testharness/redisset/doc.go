// Package redisset runs Redis as production does: one server, one with a
// replica, one behind TLS, a master that Sentinels watch, or a Cluster.
//
//	set, err := redisset.Start(ctx, redisset.Options{Shape: redisset.Sentinel, Dir: dir})
//	defer set.Close()
//	flags := set.NodeFlags()        // for ratelimiterd
//	section := set.SubjectConfig()  // for the rate limiter's subject
//
// Every server is a process of its own, a [Node], on a loopback address that it
// keeps through restarts. None saves its data: one that is restarted comes back
// empty, except for what a replica or the configuration in its directory gives
// back to it.
//
// # Users
//
// Nobody may do anything without a password. There are three users, so that what
// is done to one does not touch the others: "node" for the limiter's nodes, which
// may do everything to the limiter's keys; "operator" for the subject, which may
// only read; and "harness", with all rights, for [Set.Admin] and for the servers
// among themselves. Passwords are random.
//
// # Links
//
// In the shapes of one address (see [Shape.Linkable]) clients connect to what they
// are told, so something may be put between: [Set.NodeFlagsVia] and
// [Set.SubjectConfigVia] take the address to connect to instead. From Sentinels
// and Clusters clients learn the addresses by themselves. Of a TLS server the
// certificate is for 127.0.0.1, hence for every link on it.
package redisset
