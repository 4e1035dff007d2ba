// Package clienttest is what the tests of HTTP clients have in common: real
// exchanges replayed from testdata, and endpoints that fail in every way.
package clienttest
