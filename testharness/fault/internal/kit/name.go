package kit

import "crypto/rand"

// UniqueName is what a toxic or a rule of a kind is called: two faults of one
// kind may be on one link.
func UniqueName(kind string) string { return kind + " " + rand.Text()[:8] }
