"""The broker that is a folder: kombu's filesystem transport, in which a message appears whole or not at all.

kombu's own writes a message under the name by which it is found, so that a worker under load may find it while it
is still empty, and end. Here it is written beside, and given that name once it is whole. For the same reason a
worker takes a message by renaming it where it is, and a table of queues is never there without content.

Who is killed at the wrong line leaves a file under the other name. Nobody waits for what was in it, since the row is
the truth and the sweep rings again; whoever opens a channel later clears it away.
"""

import os
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

# Endings of a message's name beside its own `.QUEUE.msg`: by these nobody finds it.
WRITING = ".writing"
TAKEN = ".taken"
# Seconds. Whoever lives needs a few thousandths of one between giving a file such a name and taking it away.
LOOSE_AFTER = 600.0


class Channel(filesystem.Channel):
    """What puts messages into the folder and takes them out, one file each."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in {self.data_folder_in, self.data_folder_out, str(self.control_folder)}:
            _clear(Path(folder), before=time.time() - LOOSE_AFTER)

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu: two of them
        """Put a message into a queue."""
        found_by = Path(self.data_folder_out) / f"{time.time_ns()}_{uuid4()}.{queue}.msg"
        written = found_by.with_name(found_by.name + WRITING)
        try:
            written.write_text(dumps(payload), encoding="utf-8")
            written.rename(found_by)
        except OSError as error:
            raise ChannelError(f"the message cannot be written: {error}") from error

    def _get(self, queue: str, timeout: Any = None) -> Any:
        """Take the oldest message of a queue. Raises Empty where it has none."""
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / (name + TAKEN)
            try:
                os.utime(folder / name)  # it is loose so long after it was taken, not after it was written
                (folder / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was faster
            message = loads(taken.read_text(encoding="utf-8"))
            taken.unlink()
            return message
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Add a queue to the table of an exchange; kombu's own changes one that is there under its lock."""
        table = Path(self._exchange_file(exchange))
        if not table.exists():
            table.parent.mkdir(exist_ok=True)
            _begin(table)
        super()._queue_bind(exchange, routing_key, pattern, queue)


def _clear(folder: Path, *, before: float) -> None:
    """Delete what nobody has touched since then of the files that are being written or were taken."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name.endswith((WRITING, TAKEN)):
            with suppress(FileNotFoundError):  # its own process was not dead, or another cleared it
                if path.stat().st_mtime < before:
                    path.unlink()


def _begin(table: Path) -> None:
    """Let there be an empty table, unless somebody else's came first."""
    written = table.with_name(f"{table.name}.{uuid4()}{WRITING}")
    written.write_text("[]", encoding="utf-8")
    with suppress(FileExistsError):
        os.link(written, table)
    written.unlink()


class Transport(filesystem.Transport):
    """The transport that `CELERY_BROKER_TRANSPORT` names where the broker is a folder."""

    Channel = Channel
