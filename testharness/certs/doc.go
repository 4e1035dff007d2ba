// Package certs makes a certificate authority and certificates, good and bad
// ones, for servers on this machine.
//
//	ca, err := certs.New(dir)
//	pair, err := ca.Issue("server", certs.Leaf{})
//	expired, err := ca.Issue("expired", certs.Leaf{NotAfter: time.Now().Add(-time.Hour)})
//
// The files are PEM, as every server and crypto/tls read them, and the keys are
// of ECDSA P-256, which costs nothing to make. They are for tests: a key is
// readable by this user and protects nothing.
package certs
