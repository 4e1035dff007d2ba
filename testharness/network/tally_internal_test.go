package network

import "testing"

// TestTally: what is taken back is not missing from what comes later.
func TestTally(t *testing.T) {
	var c tally
	c.add(10)(10)
	if got := c.look(); got != 0 {
		t.Errorf("what was not written counts: %d", got)
	}
	back := c.add(10)
	before := c.look()
	c.add(5)(0)
	back(10)
	if got := c.look() - before; got != 5 {
		t.Errorf("5 bytes came since the last look, and %d are counted", got)
	}
}
