"""TCP ports of this machine: is one free, and which one is."""

import socket

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Say whether a server could listen on this port of the loopback address now."""
    with socket.socket() as probe:
        # As servers do, so that a port whose last connections are still winding down counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def next_free(port: int) -> int:
    """Return the first free port after this one; StopIteration when there is none."""
    return next(candidate for candidate in range(port + 1, 65_536) if is_free(candidate))


def free_port() -> int:
    """Return a port that was free a moment ago, chosen by the operating system."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
