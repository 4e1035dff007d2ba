//go:build !linux

package redis_test

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }
