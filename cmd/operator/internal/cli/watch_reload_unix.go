//go:build unix

package cli

import (
	"os"
	"syscall"
)

// reloadHelp is what watch's help says of signals.
const reloadHelp = `SIGHUP reloads the plugins: the configuration and its lock file are read again, and
each subject's plugin is replaced by a new process of what they say now, once that
has shown that it works. If anything is wrong, the old one goes on, and an event
says what. That also brings back a plugin that stays down. The interval stays.

`

// reloadSignals are the signals that ask for a reload.
func reloadSignals() []os.Signal { return []os.Signal{syscall.SIGHUP} }
