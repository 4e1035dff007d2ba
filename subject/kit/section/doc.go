// Package section has the parts of a configuration that subjects share: how to
// speak TLS, and where Prometheus is. Each is a struct to put into a subject's
// configuration type, whose schema is then derived with the rest.
package section
