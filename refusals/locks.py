"""A lock on a file that ends with its holder: killed at any line, a process leaves nothing locked."""

import os
import sys

# Windows writes lines as it likes unless it is told not to; elsewhere there is no such flag.
BINARY = getattr(os, "O_BINARY", 0)

if sys.platform == "win32":
    import msvcrt

    # One byte far behind the end of any segment: nobody can read what Windows locks.
    _PLACE = 2**31 - 2

    def try_lock(fd: int) -> bool:
        """Lock the file for this process; False while another holds it."""
        return _at_the_place(fd, msvcrt.LK_NBLCK)

    def unlock(fd: int) -> None:
        """Give the lock back."""
        _at_the_place(fd, msvcrt.LK_UNLCK)

    def _at_the_place(fd: int, mode: int) -> bool:
        before = os.lseek(fd, 0, os.SEEK_CUR)
        os.lseek(fd, _PLACE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, mode, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(fd, before, os.SEEK_SET)
        return True

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
