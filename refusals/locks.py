"""A lock on a file that ends with its holder: killed at any line, a process leaves nothing locked."""

import errno
import sys

if sys.platform == "win32":

    def try_lock(fd: int) -> bool:
        """Raise OSError: what Windows locks cannot be deleted by its holder, so there is no spool there."""
        raise OSError(errno.ENOTSUP, "there is no spool on Windows; WSL has one")

    def unlock(fd: int) -> None:
        """Do nothing, for nothing was locked."""

else:
    import fcntl

    def try_lock(fd: int) -> bool:
        """Lock the file for this process; False while another holds it."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(fd: int) -> None:
        """Give the lock back; what shares the descriptor loses it too."""
        fcntl.flock(fd, fcntl.LOCK_UN)
