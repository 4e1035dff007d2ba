package cli

import "os"

// reloadHelp is what watch's help says of signals.
const reloadHelp = ""

// reloadSignals are the signals that ask for a reload: here there is none.
func reloadSignals() []os.Signal { return nil }
