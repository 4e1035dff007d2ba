// Package pd is a client of TiKV's Placement Driver, by its HTTP API under
// /pd/api/v1: which stores and regions there are and how they fare, who the
// members of PD are, what is being scheduled, and the four repairs: moving a
// leader, moving a peer, evicting a store's leaders and ending that.
//
//	client, err := pd.New(pd.Options{
//		Endpoints: []string{"http://10.0.0.1:2379", "http://10.0.0.2:2379"},
//	})
//	stores, err := client.Stores(ctx)
//	err = client.AddEvictLeader(ctx, stores[0].ID)
//
// The forms and fields are those of PD v8.5.
//
// # Endpoints
//
// Every member of PD answers every call: a follower passes it on to the leader.
// So the endpoints serve alike. A read goes to the one that answered well last,
// moves on when that one fails, and asks the next one too when it is silent for
// [Options.HedgeDelay]. A write is sent at most once: another endpoint is tried
// only while nothing can have been sent, after that the first failure is final
// and says Sent.
//
// [Client.Members] tells who leads, and the client follows: the leader is tried
// first from then on, also by writes, which saves the detour and its doubts.
// That leader may be a member that is not configured, so a client that knows
// one member outlives it. It is only as trusted as such a claim deserves: its
// URL has to be nothing but scheme, host and port, with a scheme that is
// configured; it gets no user and password; if it fails a read the configured
// endpoints are asked; and it is then left alone for a minute.
//
// # What PD knows
//
// PD knows what stores and regions reported. After it was restarted, or leads
// anew, it has the list of stores and regions but not yet their reports: until
// the heartbeats came in (10 s for a store, a minute for a region) a store has
// a capacity of 0 and no leaders, regions have no leader, and checks list
// nothing. That is not knowing, not health.
//
// What PD leaves out of an answer because it is zero is zero here; the comments
// in this package's decoders say which fields those are. All others have to be
// there, or the answer is malformed.
//
// # Errors
//
// Errors are [*failure.Error], reachable by errors.AsType, of the classes
// Unreachable, Timeout, Canceled, Unauthenticated, Forbidden, Rejected (PD will
// not do this: 4xx, redirects, and what it calls not found whatever the
// status), Invalid (refused here, nothing sent), Failing (other 5xx, 429, and a
// cluster that is not bootstrapped), Malformed and TooLarge. When every
// endpoint failed it is a [*failure.EndpointsError]. What PD said is an
// [*Error], with its code: see [CodeOf], [NotFound] and [NotBootstrapped]. Text
// from PD is bounded and escaped; credentials never appear.
package pd
