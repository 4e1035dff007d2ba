// Package prometheus asks a Prometheus server, or anything that speaks its
// HTTP API (Thanos, Mimir, VictoriaMetrics), what a rate limiter has measured.
//
// There are two layers. [Client.Query], [Client.Vector] and [Client.Value]
// evaluate any PromQL at the server's present moment; a caller that puts foreign
// text into an expression builds the selector with [Equal], [OneOf] and
// [Selector], so that no label value can become part of the query. On top of
// them stand the questions about a rate limiter: [Client.NodeLatencyP99],
// [Client.LatencyP99], [Client.AllowedRequests], [Client.AllowedByKey] and
// [Client.KeyLabelled].
//
// # Absent is not zero
//
// A monitoring system that has not seen something says nothing, and nothing is
// not a small number. Every call that yields one number therefore yields three
// things: the value, whether it is present, and the error. Present is false
// when the answer holds no series (never scraped, gone, another label, fewer
// than two samples in the range) and when the value is NaN (the quantile of no
// observations). The map of [Client.AllowedByKey] holds no entry for a key
// without a value.
//
// An infinity is a value: [Client.Value] returns it with present true. For a
// latency, +Inf means "above every bound the histogram can tell". JSON cannot
// hold it, so whoever writes the number into a document has to look first
// (math.IsInf). What cannot be infinite or negative infinite, a count or a
// latency, is [failure.Malformed].
//
// # Answers of another shape
//
// [failure.Malformed] is also every answer that is not of the shape asked for:
// a matrix, a scalar or a string where a vector is expected; a vector of
// several series, a matrix or a string where one value is; a native histogram
// where a number is; a sample without a value or a timestamp; a document
// without a status, cut off, or not JSON at all. Answers are decoded strictly:
// what is missing or null is never read as zero.
//
// # Warnings
//
// A server may answer and warn: a store behind it was down, a block unreadable.
// The value is then a partial one, and a partial sum is only a lower bound.
// [Client.Query] returns the warnings beside the value; for every other call
// they are collected by [WithWarnings]. A warning is never an error by itself.
//
// # Errors
//
// All errors are [*failure.Error]. Unreachable, Timeout, Canceled, TooLarge,
// Unauthenticated and Forbidden mean what package failure says. The errors of
// the API's own envelope become: bad_data Rejected (the expression is wrong);
// timeout Timeout; execution, internal, unavailable and canceled Failing (the
// last is the server's cancellation; the caller's own is Canceled). Without an
// envelope the HTTP status decides; a redirect is Rejected and never followed.
// Invalid means that nothing was sent. No error repeats a password, a token or
// the user information of a URL.
//
// # Time and size
//
// No call outlives its context's deadline or [Options.Timeout], whichever is
// sooner, whatever hangs: name resolution, the connection, the answer, an
// OAuth2 token endpoint. The time left is also sent to the server, which stops
// evaluating when nobody listens any more. Answers are read up to
// [Options.MaxBody] bytes, queries sent up to [MaxQueryBytes].
package prometheus
