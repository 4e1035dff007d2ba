// Package httpfault has the faults of HTTP answers: what a server, or something
// on the way to it, can say that is not what it should say.
//
// Each is done to the links that its target matches and that carry HTTP, and to
// the requests whose path, as it was sent, begins with the parameter path; all
// without it. Some faults change the server's own answer, so that the server has
// done what it was asked to; some answer in its place, and it is not asked. The
// summary of each kind says which.
package httpfault
