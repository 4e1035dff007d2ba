// Package ratelimiter is a client of a distributed rate limiter's management
// HTTP API: which nodes there are, what they count, what they block, and the
// two repairs, resetting a counter and setting a key's own limit.
//
//	client, err := ratelimiter.New(ratelimiter.Options{
//		BaseURLs: []string{"http://10.0.0.7:8080", "http://10.0.0.8:8080"},
//	})
//	counters, err := client.Counters(ctx)
//	reset, err := client.ResetCounter(ctx, counters[0].Key)
//
// Counters are decoded as they come, and [FoldCounters] need not keep them.
//
// Every node of the limiter serves the same API over the same Redis, so one
// answer from any of them is the answer. What is asked of them is of two kinds,
// and they are treated differently on purpose.
//
// # Reads
//
// A read goes to the endpoint that last answered well. If that one fails (no
// connection, a 5xx, an answer that is not what the API promises) the next is
// asked at once; if it is merely silent for [Options.HedgeDelay], the next is
// asked as well and the first good answer wins. The losers are cancelled and
// waited for before the call returns. A 4xx is an answer: the request is wrong
// in the same way on every node. (429 is not such an answer: that node is
// busy, another may not be.) When every endpoint failed the error is an
// [*EndpointsError], and [Answered] tells a limiter that is gone from one that
// answers badly.
//
// # Writes
//
// A reset or an update is sent at most once. Only while it is certain that
// nothing was sent, because no connection could be made, is another endpoint
// tried. After that the first failure is final and says Sent: the change may
// have happened. By default each write has a connection of its own, so that a
// kept connection that the node has just closed does not leave it in doubt.
//
// # Keys
//
// A limiter's keys are chosen by its callers. Any of them that is not empty and
// valid UTF-8 travels as one path segment, see [PathOf]. Not every service can
// route every segment: frameworks that decode %2F before they route do not find
// a key with a slash, URL normalisers drop "." and "..", and servers bound the
// request line. That comes back as an error that says so. A normaliser that
// decodes first can turn "a/../b" into "b" where no client can prevent it;
// therefore a write's answer must name the key that was asked for, and one that
// names another is reported as malformed, with both keys.
//
// # Errors
//
// Errors are [*failure.Error], reachable by errors.AsType, of the classes
// Unreachable, Timeout, Canceled, Unauthenticated, Forbidden, Rejected (4xx and
// redirects, which are not followed), Invalid (refused here, nothing sent),
// Failing (5xx and 429), Malformed and TooLarge. Text from the service is
// bounded and escaped in them; credentials never appear.
package ratelimiter
