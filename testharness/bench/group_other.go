//go:build !unix

package main

import "os/exec"

// asGroup leaves it at what this system does to a process whose parent ends.
func asGroup(*exec.Cmd) {}
