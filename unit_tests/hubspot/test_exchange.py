"""One exchange with a real server on this machine: whoever answers, it ends in time and fits into memory."""

from __future__ import annotations

import errno
import gzip
import random
import socket
import threading
import time
import zlib
from collections.abc import Callable

import pytest

from destination_hubspot_calls.hubspot import exchange
from destination_hubspot_calls.hubspot.errors import Unavailable
from destination_hubspot_calls.hubspot.exchange import CHUNK, Answer, Http
from destination_hubspot_calls.hubspot.unreachable import NoAnswer, NotSent
from integration_tests.talking_server import Talk, talking_server, unused_port


def ask(url: str, patience: float = 30.0) -> Answer:
    return Http(url, connections=1, timeouts=(1.0, patience)).send("POST", "/x", b"{}", {"Content-Type": "a/b"})


def says(*parts: bytes, between: float = 0.0) -> Talk:
    def talk(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(between)

    return talk


def chunked(*headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *headers, "", ""]).encode()


def sized(body: bytes, *headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body


def endlessly(head: bytes, chunk: bytes, between: float = 0.0) -> Talk:
    def talk(connection: socket.socket) -> None:
        connection.sendall(head)
        framed = f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"
        while True:
            connection.sendall(framed)
            time.sleep(between)

    return talk


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(endlessly(chunked(), b" ", between=0.02), id="body"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 90, between=0.02), id="head"),
        pytest.param(says(*[b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"] * 90, between=0.02), id="hints"),
        pytest.param(says(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", *[b" "] * 90, between=0.02), id="sized"),
    ],
)
def test_an_answer_that_drips_ends_in_time(talk: Talk) -> None:
    """Each byte would give it another two minutes, and a sync would wait for ever."""
    began = time.monotonic()
    with talking_server(talk) as url, pytest.raises(NoAnswer):
        ask(url, patience=0.3)
    assert time.monotonic() - began < 1.5


def test_an_answer_that_falls_silent_has_what_is_left_of_its_time() -> None:
    """Its last byte would give it all of its time once more."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        time.sleep(0.9)
        connection.sendall(b" ")
        time.sleep(3)

    began = time.monotonic()
    with talking_server(talk) as url, pytest.raises(NoAnswer):
        ask(url, patience=1.0)
    assert time.monotonic() - began < 1.7


def test_an_answer_without_end_is_not_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would fill all memory there is."""
    monkeypatch.setattr(exchange, "MAX_ANSWER", 1_000_000)
    with talking_server(endlessly(chunked(), b" " * 60_000)) as url, pytest.raises(NoAnswer, match="without end"):
        ask(url)


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_may_be_as_long_as_the_bound_and_no_longer(monkeypatch: pytest.MonkeyPatch, *, packed: bool) -> None:
    """The bound is reckoned from what HubSpot may say at most."""
    monkeypatch.setattr(exchange, "MAX_ANSWER", 1000)

    def answer(length: int) -> bytes:
        body = b" " * length
        return sized(gzip.compress(body), "Content-Encoding: gzip") if packed else sized(body)

    with talking_server(says(answer(1000))) as url:
        assert len(ask(url).body) == 1000
    with talking_server(says(answer(1001))) as url, pytest.raises(NoAnswer, match="without end"):
        ask(url)


def test_what_is_not_answered_is_not_sent_again() -> None:
    """Whoever asked has to know of each try: it counts against the limit, and a write may have been done."""
    tries: list[socket.socket] = []
    with talking_server(tries.append) as url, pytest.raises(NoAnswer):
        Http(url, connections=1, timeouts=(1.0, 5.0)).send("GET", "/x", None, {})
    assert len(tries) == 1


def test_an_answer_that_swells_when_it_is_unpacked_is_not_unpacked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A megabyte of gzip can hold a gigabyte of blanks."""
    monkeypatch.setattr(exchange, "MAX_ANSWER", 1_000_000)
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    with (
        talking_server(says(sized(bomb, "Content-Encoding: gzip"))) as url,
        pytest.raises(NoAnswer, match="without end"),
    ):
        ask(url)


def test_what_is_packed_endlessly_into_nothing_ends() -> None:
    """Empty blocks of gzip hold no byte, however many of them come."""
    packer = zlib.compressobj(wbits=31)
    head = packer.compress(b"") + packer.flush(zlib.Z_SYNC_FLUSH)
    empty = b"\x00\x00\x00\xff\xff" * 4000
    began = time.monotonic()
    with (
        talking_server(
            endlessly(chunked("Content-Encoding: gzip") + f"{len(head):x}\r\n".encode() + head + b"\r\n", empty)
        ) as url,
        pytest.raises(NoAnswer),
    ):
        ask(url, patience=0.5)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_a_packed_answer_is_unpacked(encoding: str) -> None:
    """HubSpot packs what is long."""
    body = random.Random(1).randbytes(30_000) * 2  # what repeats itself stands as far back as gzip looks
    with talking_server(says(sized(gzip.compress(body), f"Content-Encoding: {encoding}"))) as url:
        assert ask(url).body == body


@pytest.mark.parametrize("body", [gzip.compress(b"a" * 1000)[:-9], b"no gzip at all"], ids=["cut", "other"])
def test_what_cannot_be_unpacked_is_no_answer(body: bytes) -> None:
    """Half of it might be read as the whole."""
    with talking_server(says(sized(body, "Content-Encoding: gzip"))) as url, pytest.raises(NoAnswer):
        ask(url)


def test_a_packing_that_nobody_asked_for_is_no_answer() -> None:
    """It would be taken for JSON that is broken, at best."""
    with talking_server(says(sized(b"{}", "Content-Encoding: br"))) as url, pytest.raises(NoAnswer, match="packing"):
        ask(url)


def test_nothing_packed_is_nothing() -> None:
    """A 204 may keep the header of its kind."""
    with talking_server(says(b"HTTP/1.1 204 No Content\r\nContent-Encoding: gzip\r\n\r\n")) as url:
        assert ask(url) == Answer(204, {"Content-Encoding": "gzip"}, b"")


def test_hints_before_an_answer_are_skipped() -> None:
    """103 is not the answer; what follows it is."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
    with talking_server(says(hint, hint, sized(b"{}", "X-Y: z"))) as url:
        answer = ask(url)
    assert (answer.status, answer.body, answer.headers["x-y"]) == (200, b"{}", "z")


@pytest.mark.parametrize("small", [1000, CHUNK])
def test_of_long_answers_one_is_held_at_a_time(monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    """Sixty-four of them at once would be gigabytes."""
    monkeypatch.setattr(exchange, "MAX_SMALL", small)
    with talking_server(says(sized(b" " * (3 * CHUNK)))) as url:
        with exchange._large:
            assert len(ask_small(url).body) == 500
            waiter = threading.Thread(target=ask, args=(url,))
            waiter.start()
            waiter.join(0.3)
            assert waiter.is_alive()
        waiter.join(5.0)
        assert not waiter.is_alive()


def ask_small(_: str) -> Answer:
    with talking_server(says(sized(b" " * 500))) as url:
        return ask(url)


def test_a_name_that_is_not_found_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person looks at the spelling and the DNS, not at HubSpot."""

    def no_name(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    with pytest.raises(NotSent, match=r"api\.hubapi\.example cannot be reached \(the name is not found"):
        ask("http://api.hubapi.example")


def test_a_refused_connection_is_told() -> None:
    """A firewall, or nothing that listens there."""
    with pytest.raises(NotSent, match=r"127\.0\.0\.1 cannot be reached \(the connection is refused"):
        ask(f"http://127.0.0.1:{unused_port()}")


def test_a_network_that_leads_nowhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod without a route is not a firewall's refusal."""

    def no_route(*_: object, **__: object) -> object:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", no_route)
    with pytest.raises(NotSent, match=r"cannot be reached \(there is no way to it: see the network"):
        ask("http://127.0.0.1:9")


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a proxy before everything."""

    def behind(url: str) -> None:
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        for name in ("https_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, url)

    return behind


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (407, Unavailable, r"asks for a name and a password \(407\).*HTTPS_PROXY"),
        (403, Unavailable, r"refuses to connect to HubSpot \(403\)"),
        (502, NotSent, r"api\.hubapi\.example cannot be reached \(the proxy answers 502\)"),
    ],
)
def test_a_proxy_that_refuses_is_told(
    behind: Callable[[str], None], status: int, kind: type[Exception], words: str
) -> None:
    """It is neither HubSpot nor the token; and nothing was sent."""
    with talking_server(says(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())) as url:
        behind(url)
        with pytest.raises(kind, match=words):
            ask("https://api.hubapi.example")


def test_a_proxy_that_is_not_there_is_told(behind: Callable[[str], None]) -> None:
    """It is not HubSpot that is down."""
    behind(f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(NotSent, match="the connection to the proxy is refused"):
        ask("https://api.hubapi.example")


def test_bounds_hold_behind_a_proxy_too(behind: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Most companies have one."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with talking_server(says(b"HTTP/1.1 103 Early Hints\r\n\r\n", sized(b"{}"))) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        assert ask("http://api.hubapi.example").status == 200
