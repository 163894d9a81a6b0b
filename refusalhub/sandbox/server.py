"""The sandbox on the wire: HTTP in, reply out. `sandbox_running` starts one inside a test."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from refusalhub.sandbox import messages
from refusalhub.sandbox.answers import Reply, error_reply, make_reply, request_id
from refusalhub.sandbox.arrivals import Arrival, Arrivals, digest_of
from refusalhub.sandbox.batches import Batches
from refusalhub.sandbox.endings import HEADER, Choice, Ending, Scenario, choose_ending
from refusalhub.sandbox.requests import BadRequest, MessagesRequest, parse_request
from refusalhub.sandbox.stream import event, events

BATCHES = "/v1/messages/batches"


class SandboxServer(ThreadingHTTPServer):
    """The server, bound to 127.0.0.1; port 0 means any free one."""

    daemon_threads = True

    def __init__(self, *, port: int = 0, scenarios: Sequence[Scenario] = (), log: Path | None = None) -> None:
        super().__init__(("127.0.0.1", port), SandboxHandler)
        self.scenarios = tuple(scenarios)
        self.arrivals = Arrivals(log=log)
        self.batches = Batches()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report errors as usual, except that a caller may hang up when it likes."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self) -> str:
        """What a client takes as its base URL."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def sandbox_running(*, scenarios: Sequence[Scenario] = ()) -> Iterator[SandboxServer]:
    """Run a sandbox in a thread of this process, on a free port, until the block ends."""
    server = SandboxServer(scenarios=scenarios)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class SandboxHandler(BaseHTTPRequestHandler):
    """One connection. What each address does stands in the package's docstring."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a stream is many small writes
    server: SandboxServer

    def do_GET(self) -> None:
        arrivals = self.server.arrivals
        first, _, number = self.path.removeprefix("/").partition("/")
        if self.path.startswith(BATCHES):
            self._show_batch()
        elif self.path == "/health":
            self._send_json(200, {"status": "ok", "simulated": True})
        elif self.path == "/requests":
            self._send_json(200, [asdict(arrival) for arrival in arrivals.list()])
        elif first == "requests" and number.isdecimal() and (body := arrivals.body(int(number))) is not None:
            self._send(200, body)
        else:
            self._not_found()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.partition("?")[0] == "/v1/messages":  # the SDK's beta calls add ?beta=true
            self._answer(body)
        elif self.path.partition("?")[0] == BATCHES:
            self._take_batch(body)
        elif self.path == "/reset":
            self.server.arrivals.reset()
            self._send_json(200, {"status": "reset"})
        else:
            self._not_found()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal quiet: `GET /requests` and the log file say what arrived."""

    def _answer(self, body: bytes) -> None:
        number, times_seen = self.server.arrivals.expect(body=body)
        request: MessagesRequest | None = None
        try:
            request = parse_request(body)
            choice = self._still_due(self._choose(request), times_seen)
        except BadRequest as error:
            ending = Ending(name="400")
            reply = error_reply(ending=ending, number=number, text=str(error))
        else:
            ending = choice.ending
            reply = make_reply(request=request, choice=choice, number=number)
        self._record(number=number, ending=ending, request=request, body=body)
        time.sleep(ending.seconds)
        self._play(reply=reply, ending=ending, stream=request is not None and request.stream, number=number)

    def _take_batch(self, body: bytes) -> None:
        try:
            self._send_json(
                200, self.server.batches.make(body=body, choose=self._choose, url=self.server.url)
            )
        except BadRequest as error:
            reply = error_reply(ending=Ending(name="400"), number=0, text=str(error))
            self._send_json(400, reply.body)

    def _show_batch(self) -> None:
        id, _, rest = self.path.partition("?")[0].removeprefix(BATCHES + "/").partition("/")
        if id not in self.server.batches.results or rest not in ("", "results"):
            self._not_found()
        elif rest:
            self._send(200, self.server.batches.results[id], {"content-type": "application/x-jsonl"})
        else:
            self._send_json(200, self.server.batches.batch(id, url=self.server.url))

    def _choose(self, request: MessagesRequest) -> Choice:
        if not (self.headers.get("x-api-key") or self.headers.get("authorization")):
            return Choice(ending=Ending(name="401"))
        return choose_ending(
            request=request, header=self.headers.get(HEADER), scenarios=self.server.scenarios
        )

    def _still_due(self, choice: Choice, times_seen: int) -> Choice:
        """`choice`, or an answer once its ending has been played as often as it asked."""
        if choice.ending.times is None or times_seen <= choice.ending.times:
            return choice
        return replace(choice, ending=Ending(name="end_turn"))

    def _record(self, *, number: int, ending: Ending, request: MessagesRequest | None, body: bytes) -> None:
        arrival = Arrival(
            id=number,
            ending=" ".join(filter(None, (ending.name, ending.argument))),
            model=request.model if request else None,
            stream=request.stream if request else False,
            digest=digest_of(body),
            idempotency_key=self.headers.get("idempotency-key"),
            betas=self.headers.get("anthropic-beta"),
        )
        self.server.arrivals.record(arrival=arrival, body=body)

    def _play(self, *, reply: Reply, ending: Ending, stream: bool, number: int) -> None:
        headers = {"request-id": request_id(number), **reply.headers}
        if ending.name == "drop":
            self.close_connection = True
        elif reply.status == 200 and stream:
            self._send_stream(reply=reply, ending=ending, headers=headers)
        else:
            body = json.dumps(reply.body).encode()
            self._send(reply.status, body, headers, broken=ending.name == "broken")

    def _send_stream(self, *, reply: Reply, ending: Ending, headers: dict[str, str]) -> None:
        self._send_head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked", **headers})
        parts = list(events(reply.body))
        half = parts[: len(parts) // 2]
        match ending.name:
            case "broken":
                self._send_chunks(half)
                self.close_connection = True
                return
            case "stream_stop":
                parts = half
            case "stream_error":
                type = ending.argument or "overloaded_error"
                body = messages.error(type=type, message="Simulated error in mid-stream", request_id=None)
                parts = [*half, event(body)]
        self._send_chunks(parts)
        self.wfile.write(b"0\r\n\r\n")

    def _send_chunks(self, parts: Sequence[bytes]) -> None:
        for part in parts:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, *, broken: bool = False
    ) -> None:
        length = {"content-type": "application/json", "content-length": str(len(body))}
        self._send_head(status, length | (headers or {}))
        self.wfile.write(body[: len(body) // 2] if broken else body)
        self.close_connection = self.close_connection or broken

    def _send_json(self, status: int, content: object) -> None:
        self._send(status, json.dumps(content).encode())

    def _send_head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _not_found(self) -> None:
        body = messages.error(
            type="not_found_error", message=f"No such address: {self.path}", request_id=None
        )
        self._send_json(404, body)
