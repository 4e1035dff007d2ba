// Package endpoints calls a service that several endpoints serve alike: a
// cluster's nodes over shared state, or members that pass requests on to their
// leader. What a call asks and how its answer is read is its client's business
// ([Call]); where it goes, and what happens when that place does not answer, is
// said here once, in two ways.
//
// [Ask] reads. It goes to the endpoint that answered well last. If that one
// fails (no connection, a 5xx, an answer that is not what was promised) the
// next is asked at once; if it is merely silent for the hedge delay, the next
// is asked as well and the first good answer wins. The losers are cancelled and
// waited for. A refusal is an answer: it would be the same everywhere.
//
// [Change] writes, at most once. Only while it is certain that nothing was
// sent, because no connection could be made, is another endpoint tried. After
// that the first failure is final and says Sent.
//
// A service with a leader may name it: see [Group.Follow].
package endpoints
