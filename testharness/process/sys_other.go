//go:build !unix

package process

import (
	"errors"
	"os"
	"os/exec"
)

func detach(*exec.Cmd) {}

// There is no stopping of processes here.
const canHang = false

func prepareHung(*exec.Cmd)         {}
func hangAtStart(*os.Process) error { return errors.ErrUnsupported }

func suspend(*os.Process) error { return errors.ErrUnsupported }
func resume(*os.Process) error  { return errors.ErrUnsupported }
func suspended(int) bool        { return true }

// terminate kills, for there is no asking here.
func terminate(p *os.Process) error { return p.Kill() }

func groupAlive(int) bool { return false }
func killGroup(int)       {}
