package redis_test

import "syscall"

// attributes has a server end with the tests even when these are killed.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
