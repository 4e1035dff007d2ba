package process

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// prepareHung has the kernel stop the program for its tracer, us, when it has
// been loaded and before it runs (ptrace(2), PTRACE_TRACEME and execve).
func prepareHung(cmd *exec.Cmd) { cmd.SysProcAttr.Ptrace = true }

// hangAtStart waits for that stop, and leaves the program to itself in the other
// kind of stop, the one that SIGCONT ends. It must be called on the thread that
// started the program, for that is the tracer.
func hangAtStart(p *os.Process) error {
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(p.Pid, &status, 0, nil)
		if err == nil {
			break
		}
		if err != syscall.EINTR {
			return os.NewSyscallError("wait4", err)
		}
	}
	if !status.Stopped() {
		return fmt.Errorf("it ended before it ran (wait status %#x)", uint32(status))
	}
	// syscall.PtraceDetach lets the program go on without a signal.
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PTRACE, syscall.PTRACE_DETACH, uintptr(p.Pid), 0, uintptr(syscall.SIGSTOP), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("ptrace", errno)
	}
	return nil
}
