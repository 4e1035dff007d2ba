package plugin

import (
	"io/fs"
	"syscall"
)

// changeTime is when the file, or what is known of it, was changed last. No
// program can set it.
func changeTime(info fs.FileInfo) (ns int64) {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctimespec.Nano()
	}
	return 0
}
