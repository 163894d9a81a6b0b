"""Webhooks lead nowhere inside: not by number, not by name, not by a redirect, not by a name that changes."""

import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address, ip_network
from pathlib import Path

import pytest

from reviews.models import Failure
from reviews.webhooks.address import Network, Unreachable, by_name, checked, may_be_reached, place_of
from reviews.webhooks.post import EXCERPT, Reply, post
from tests.receiver import Receiver, receiving

HERE: list[Network] = [ip_network("127.0.0.0/8")]

INSIDE = [
    "0.0.0.1", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.9.1",
    "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.192",
    "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
INSIDE.append(str(IPv4Address(0)))
OUTSIDE = ["1.1.1.1", "93.184.215.14", "172.32.0.1", "::ffff:1.1.1.1", "2606:4700::1111"]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_also_where_a_name_leads_to_it(address: str) -> None:
    assert not may_be_reached(ip_address(address), allowed=[])
    with pytest.raises(Unreachable, match="not public") as refused:
        post(
            place_of("https://hooks.example/", http=False),
            body=b"{}",
            headers={},
            allowed=[],
            resolve=lambda host, port: ["93.184.215.14", address],
        )
    assert refused.value.failure == Failure.ADDRESS


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_allowed(address: str) -> None:
    assert may_be_reached(ip_address(address), allowed=[])


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "localhost"]
)
def test_no_spelling_of_this_machine_is_let_through(host: str) -> None:
    place = place_of(f"https://{host}/", http=False)
    with pytest.raises(Unreachable, match="not public"):
        checked(place, allowed=[], resolve=by_name)


def test_the_settings_can_allow_a_network_and_nothing_beside_it() -> None:
    allowed: list[Network] = [ip_network("10.1.0.0/16")]
    assert may_be_reached(ip_address("10.1.2.3"), allowed=allowed)
    assert may_be_reached(ip_address("::ffff:10.1.2.3"), allowed=allowed)
    assert not may_be_reached(ip_address("10.2.0.1"), allowed=allowed)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example/", "Only https"),
        ("ftp://hooks.example/", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("gopher://hooks.example/", "begins with https"),
        ("//hooks.example/", "begins with https"),
        ("https:///path", "begins with https"),
        ("https://me:secret@hooks.example/", "no name and password"),
        ("https://hooks.example/#part", "before its #"),
        ("https://hooks.example:99999/", "no address"),
        ("https://[::1/", "no address"),
        ("https://hooks.example/a b", "no space"),
        ("https://hooks.example/\r\nX-More: 1", "no space"),
        ("https://hööks.example/", "only ASCII"),
        ("", "begins with https"),
    ],
)
def test_an_address_that_is_never_sent_to_says_why(url: str, why: str) -> None:
    with pytest.raises(Unreachable, match=why) as refused:
        place_of(url, http=False)
    assert refused.value.failure == Failure.ADDRESS


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def posted(url: str, *, resolve: list[str] | None = None, patience: float = 20.0) -> Reply:
    place = place_of(url, http=True)
    if resolve is None:
        return post(place, body=b'{"a":1}', headers={"X-A": "1"}, allowed=HERE, patience=patience)
    answers = iter([resolve])
    return post(
        place,
        body=b'{"a":1}',
        headers={"X-A": "1"},
        allowed=HERE,
        resolve=lambda host, port: next(answers),  # asked once: a second look would be another answer
        patience=patience,
    )


def test_the_connection_goes_to_the_checked_address_and_asks_for_the_name(receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "hooks.example") + "?a=b"
    assert posted(url, resolve=["127.0.0.1"]).status == 204
    (arrived,) = receiver.arrived
    assert arrived.path == "/hooks?a=b"
    assert arrived.headers["host"] == url.partition("//")[2].partition("/")[0]
    assert (arrived.body, arrived.headers["x-a"]) == (b'{"a":1}', "1")


def test_the_second_address_is_taken_where_the_first_does_not_answer(receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "hooks.example")
    # Nobody listens on the other loopback addresses' port.
    assert posted(url, resolve=["127.9.9.9", "127.0.0.1"]).status == 204


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.else_ = (302, {"Location": elsewhere.url}, b"")
        assert posted(receiver.url).status == 302
        assert elsewhere.arrived == []


def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert posted(receiver.url).status == 204


def test_of_an_answer_only_its_beginning_is_read(receiver: Receiver) -> None:
    receiver.else_ = (500, {}, b"\x00" + b"x" * 5_000_000)
    assert posted(receiver.url).excerpt == "\ufffd" + "x" * (EXCERPT - 1)


def test_nobody_listening_is_said() -> None:
    with receiving() as gone:
        url = gone.url
    with pytest.raises(Unreachable) as refused:
        posted(url)
    assert refused.value.failure == Failure.CONNECTION


def test_a_name_that_leads_nowhere_is_said() -> None:
    with pytest.raises(Unreachable) as refused:
        posted("http://hooks.invalid/")
    assert refused.value.failure == Failure.NAME


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"x"])
def test_a_receiver_that_never_comes_to_an_end_is_cut_off(drip: bytes) -> None:
    """It says nothing, or now and then something, so that no single wait is long."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def trickle() -> None:
            with server.accept()[0] as connection:
                try:
                    while not done.wait(0.05):
                        connection.sendall(drip)
                except OSError:
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        with pytest.raises(Unreachable) as refused:
            posted(f"http://127.0.0.1:{server.getsockname()[1]}/", patience=0.5)
        done.set()
        thread.join()
    assert refused.value.failure == Failure.TIMEOUT


def test_what_is_no_http_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as connection:
                connection.recv(100_000)
                connection.sendall(b"220 mail.example ready\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unreachable) as refused:
            posted(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()
    assert refused.value.failure == Failure.PROTOCOL


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for hooks.example, with its key."""
    path = tmp_path / "hooks.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-subj", "/CN=hooks.example", "-addext", "subjectAltName=DNS:hooks.example", "-days", "2"]
    subprocess.run([*command, "-keyout", path, "-out", tmp_path / "c.pem"], check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "c.pem").read_text())
    return path


@pytest.mark.parametrize(
    ("host", "trusted", "failure"),
    [("hooks.example", True, ""), ("other.example", True, "tls"), ("hooks.example", False, "tls")],
)
def test_the_certificate_has_to_be_that_of_the_name(
    certificate: Path, host: str, trusted: bool, failure: str
) -> None:
    asked: list[str | None] = []
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate)
    ours.sni_callback = lambda _socket, name, _context: asked.append(name)
    with receiving(ours) as receiver:
        place = place_of(receiver.url.replace("127.0.0.1", host), http=False)
        tls = ssl.create_default_context(cafile=str(certificate) if trusted else None)
        try:
            reply = post(
                place, body=b"{}", headers={}, allowed=HERE, resolve=lambda name, port: ["127.0.0.1"], tls=tls
            )
        except Unreachable as why:
            assert (why.failure, receiver.arrived) == (failure, [])
        else:
            assert (reply.status, failure) == (204, "")
    assert asked == [host]
