package plugin

import "os"

// openLifeline returns none.
func openLifeline(int) *os.File { return nil }
