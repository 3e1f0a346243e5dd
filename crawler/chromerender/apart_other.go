//go:build !linux

package chromerender

import (
	"os/exec"
	"syscall"
)

// apart gives a process a group of its own; it ends when its pipe does.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
