"""A lock on a file that ends with its holder: killed at any line, a process leaves nothing locked."""

import sys

if sys.platform == "win32":
    import msvcrt
    import os

    # Locked bytes cannot be read there by anybody else: the lock sits far behind any content.
    _FAR = 2**40

    def try_lock(fd: int) -> bool:
        """Lock the file for this process; False while another holds it."""
        here = os.lseek(fd, 0, os.SEEK_CUR)
        os.lseek(fd, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(fd, here, os.SEEK_SET)
        return True

    def unlock(fd: int) -> None:
        """Give the lock back; what shares the descriptor loses it too."""
        here = os.lseek(fd, 0, os.SEEK_CUR)
        os.lseek(fd, _FAR, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)
        os.lseek(fd, here, os.SEEK_SET)

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
