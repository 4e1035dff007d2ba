package network_test

import (
	"net"
	"testing"

	"github.com/operator-ratelimiter/operator-ratelimiter/testharness/network"
)

// TestAnAddressIsKeptWhileNobodyListens: links that are down lose their addresses
// to no other network.
func TestAnAddressIsKeptWhileNobodyListens(t *testing.T) {
	down := map[string]bool{}
	for _, name := range []string{"a", "b"} {
		n, err := network.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		})
		ports := map[string]bool{}
		for _, to := range []string{"x", "y", "z"} {
			l, err := n.TCP(t.Context(), name, to, "")
			if err != nil {
				t.Fatal(err)
			}
			_, port, err := net.SplitHostPort(l.Address())
			if err != nil {
				t.Fatal(err)
			}
			if ports[port] {
				t.Errorf("port %s was given twice", port)
			}
			ports[port] = true
			// Blocks begin at whole hundreds.
			if block := port[:3]; down[block] && len(ports) == 1 {
				t.Errorf("port %s is in another network's block", port)
			}
		}
		for port := range ports {
			down[port[:3]] = true
		}
	}
}
