package chromerender

import (
	"os/exec"
	"syscall"
)

// apart gives a process a group of its own, and has it die with us.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
