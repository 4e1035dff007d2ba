//go:build !linux && !darwin

package plugin

import "io/fs"

// changeTime is unknown.
func changeTime(fs.FileInfo) int64 { return 0 }
