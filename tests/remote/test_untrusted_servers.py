"""Servers that are slow, endless, lying or redirecting: each costs bounded time and memory and is a RemoteError."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import random
import socket
import threading
import traceback
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import boto3
import botocore.config
import pytest

from benchmarks.servers import BadLine, resource
from tests.remote.bad_servers import ScriptedServer, endless, make_certificate, range_of
from vfsloader import open_layer
from vfsloader.compat.sqlite_http import HTTPVFS
from vfsloader.errors import BudgetError, DamagedError, PathNotFoundError, RemoteError, VFSError
from vfsloader.remote import name_lookup, transport
from vfsloader.remote.addresses import redacted, redacted_text
from vfsloader.remote.blocks import Blocks, RemoteSource
from vfsloader.remote.http import HttpFile
from vfsloader.remote.manifest import Manifest, Run
from vfsloader.remote.retry import Retry
from vfsloader.remote.s3 import Bucket
from vfsloader.remote.versions import Published
from vfsloader.runtime.budget import Budget, Limits

DATA = random.Random(1).randbytes(300_000)
BRIEF = Retry(attempts=3, deadline=0.4, pause=0.001)
ONCE = Retry(attempts=1, deadline=20)
GOOD = b'HTTP/1.1 206 Partial Content\r\nContent-Length: 1000\r\nContent-Range: bytes 0-999/1000\r\nETag: "1"\r\n'


# --- slow ----------------------------------------------------------------------------------------------------

SLOW: dict[str, Callable[[ScriptedServer], Iterator[bytes]]] = {
    "headers": lambda server: server.drip(GOOD + b"\r\n"),
    "a header that never ends": lambda server: server.drip(GOOD[:-2]),
    "body": lambda server: [(yield GOOD + b"\r\n"), (yield from server.drip(b""))],  # type: ignore[misc]
    "chunked body": lambda server: [  # type: ignore[misc]
        (yield GOOD.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked") + b"\r\n3e8\r\n"),
        (yield from server.drip(b"")),
    ],
    "nothing at all": lambda server: server.wait(),
    "half a body": lambda server: [(yield GOOD + b"\r\n" + bytes(500)), (yield from server.wait())],  # type: ignore[misc]
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_answer_ends_at_the_deadline(name: str) -> None:
    with ScriptedServer(lambda head: SLOW[name](server)) as server:
        with pytest.raises(RemoteError, match=r"not complete after|timed out"):
            HttpFile(f"{server.address}/x", retry=BRIEF)
        assert server.sent < 10_000


@pytest.mark.parametrize("reply", [b"", b"\x16\x03\x03", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_that_does_not_speak_tls(reply: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            client, _ = listening.accept()
            with client:
                client.sendall(reply)
                done.wait(20)

        done = threading.Event()
        thread = threading.Thread(target=accept)
        thread.start()
        with pytest.raises(RemoteError):
            HttpFile(f"https://127.0.0.1:{listening.getsockname()[1]}/x", retry=Retry(attempts=1, deadline=0.4))
        done.set()
        thread.join()


def test_the_seconds_of_a_budget_count() -> None:
    with ScriptedServer(lambda head: server.drip(GOOD)) as server, pytest.raises(RemoteError):
        HttpFile(f"{server.address}/x", budget=Budget("x", Limits(seconds=0.3)))


def test_a_server_that_is_slow_only_later(tmp_path: Path) -> None:
    def script(head: str) -> Iterator[bytes]:
        return range_of(DATA, head) if "bytes=0-" in head else server.drip(GOOD)

    with ScriptedServer(script) as server:
        file = HttpFile(f"{server.address}/x", retry=BRIEF)
        with pytest.raises(RemoteError):
            file.fetch(4, 1)
        file.close()


def test_a_slow_line_gets_more_time_and_a_drip_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(transport.time, "monotonic", lambda: now)
    line, drip = transport.Clock(30, transport.Meter()), transport.Clock(30, transport.Meter())
    for now in range(30):  # noqa: B007 - the clock reads it
        line.count(100_000)
        drip.count(1)
    now = 40.0
    assert line.wait(20) == 20
    with pytest.raises(TimeoutError, match="not complete after 30 seconds"):
        drip.wait(20)


# --- endless -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", RemoteError),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", PathNotFoundError),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 9999999999\r\n\r\n", PathNotFoundError),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", PermissionError),
        (b"HTTP/1.1 500 Oops\r\n\r\n", RemoteError),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", RemoteError),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 7-9/10\r\n\r\n", RemoteError),
    ],
)
def test_the_rest_of_an_endless_body_is_not_read(head: bytes, error: type[Exception]) -> None:
    with ScriptedServer(lambda _: endless(head)) as server:
        with pytest.raises(error):
            HttpFile(f"{server.address}/x", retry=ONCE)
        assert server.hung_up.wait(20)
        assert server.sent < 16 << 20, "more than the buffers of two sockets"


def test_a_range_that_does_not_end_is_cut_off() -> None:
    head = b'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-262143/9999999\r\nETag: "1"\r\n\r\n'
    with ScriptedServer(lambda _: endless(head)) as server:
        file = HttpFile(f"{server.address}/x", retry=ONCE)
        assert len(b"".join(file.first_blocks().values())) == 262_144
        assert server.hung_up.wait(20)
        file.close()


@pytest.mark.parametrize(
    "piece", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 206 OK\r\n" + b"a" * 60_000, b"X: y\r\n"]
)
def test_headers_without_an_end_are_not_read_on(piece: bytes) -> None:
    def script(head: str) -> Iterator[bytes]:
        yield b"HTTP/1.1 206 OK\r\n" if piece.startswith(b"X") else b""
        while True:
            yield piece * 10

    with ScriptedServer(script) as server:
        with pytest.raises(RemoteError):
            HttpFile(f"{server.address}/x", retry=ONCE)
        assert server.hung_up.wait(20)


# --- lying ---------------------------------------------------------------------------------------------------


def answer(*lines: str, body: bytes = bytes(1000)) -> bytes:
    return "\r\n".join(["HTTP/1.1 206 Partial Content", *lines, "", ""]).encode("latin-1") + body


RANGE = "Content-Range: bytes 0-999/1000"


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Range: bytes 0-999/" + "9" * 5000],
        [f"Content-Range: bytes 0-999/{1 << 60}"],
        ["Content-Range: bytes 0-999/*"],
        ["Content-Range: bytes 0-999/-1"],
        ["Content-Range: bytes -5-999/1000"],
        ["Content-Range: bytes 999-0/1000"],
        ["Content-Range: bytes 0-999/999"],
        ["Content-Range: bytes 1-1000/1001"],
        ["Content-Range: bytes 0-99999999999/100000000000"],
        ["Content-Range: bytes \u0660-999/1000".encode().decode("latin-1")],
        ["Content-Range: lines 0-999/1000"],
        [],
        [RANGE, "Content-Length: -1"],
        [RANGE, "Content-Length: abc"],
        [RANGE, "Content-Length: " + "9" * 5000],
        [RANGE, f"Content-Length: {1 << 70}"],
        [RANGE, "Content-Length: 999"],
        [RANGE, "Content-Length: 1001"],
        [RANGE, "Content-Length: 1000", "Content-Length: 2000"],
        [RANGE, 'ETag: "' + "e" * 10_000 + '"'],
        [RANGE, 'ETag: "a\x1b[31m"'],
        [RANGE, 'ETag: "a\r\n b"'],
        [RANGE, "Last-Modified: " + "x" * 1000],
        [RANGE, "Content-Encoding: gzip"],
        [RANGE, "Content-Encoding: zstd"],
    ],
)
def test_impossible_headers_are_refused(lines: list[str]) -> None:
    body = gzip.compress(bytes(100 << 20)) if any("gzip" in line for line in lines) else bytes(1000)
    with (
        ScriptedServer(lambda _: [answer(*lines, "Connection: close", body=body)]) as server,
        pytest.raises(RemoteError) as caught,
    ):
        HttpFile(f"{server.address}/x", retry=Retry(attempts=2, deadline=1, pause=0.001))
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


def test_a_file_that_claims_to_be_huge_costs_what_was_read() -> None:
    """To forget what was fetched does not go through all blocks that the server claims to have."""
    size = 1 << 47

    def script(head: str) -> Iterator[bytes]:
        first, last = head.partition("Range: bytes=")[2].split("\r\n")[0].split("-")
        length = int(last) - int(first) + 1
        yield answer(f"Content-Range: bytes {first}-{last}/{size}", f"Content-Length: {length}", body=bytes(length))

    with ScriptedServer(script) as server:
        file = HttpFile(f"{server.address}/x", retry=ONCE)
        source = RemoteSource(Blocks(file), is_unchecked=True)
        source.blocks.keep(file.first_blocks())
        assert source.read(size - 10, 100) == bytes(10)
        source.invalidate()
        source.close()
        with pytest.raises(VFSError):
            open_layer(f"{server.address}/x.pack")
    assert len(server.heads) < 20


# --- redirects -----------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


def to(location: str, status: int = 302) -> list[bytes]:
    return [f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()]


SECRETS = {
    "Authorization": "Bearer secret",
    "Cookie": "a=secret",
    "X-Api-Key": "secret",
    "X-Amz-Security-Token": "secret",
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_https_on_another_host_gets_no_credentials(certificate: Path, status: int) -> None:
    with (
        ScriptedServer(lambda head: range_of(DATA, head), certificate, host="localhost") as there,
        ScriptedServer(lambda head: to(f"{there.address.replace('//', '//a:b@')}/y?sig=1", status)) as here,
    ):
        headers = {**SECRETS, "User-Agent": "game"}
        file = HttpFile(here.address + "/x", headers=headers, retry=ONCE)
        assert file.fetch(4, 1) == [DATA[262_144:]]
        file.close()
        assert len(here.heads) == 1, "the second request goes where the first was sent"
        assert "secret" in here.heads[0]
        assert all("secret" not in head and "authorization" not in head.lower() for head in there.heads)
        assert all("GET /y?sig=1 " in head and "User-Agent: game" in head for head in there.heads)


def test_a_redirect_on_the_same_host_keeps_credentials(certificate: Path) -> None:
    def script(head: str) -> Any:
        return to("/new") if "GET /x" in head else range_of(DATA, head)

    with ScriptedServer(script, certificate) as server:
        file = HttpFile(server.address + "/x", headers=SECRETS, retry=ONCE)
        file.close()
        assert all("Bearer secret" in head for head in server.heads)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/x",
        "/x",
        "//127.0.0.1:1/x",
        "ftp://h/x",
        "file:///etc/passwd",
        "https://[",
        "https://h:99999/",
        "",
    ],
)
def test_a_redirect_to_anything_but_https_is_refused(location: str) -> None:
    with ScriptedServer(lambda _: to(location)) as server, pytest.raises(RemoteError, match="redirect"):
        HttpFile(server.address + "/x", retry=ONCE)
    assert len(server.heads) == 1


def test_https_never_leads_to_http(certificate: Path) -> None:
    with (
        ScriptedServer(lambda head: range_of(DATA, head)) as plain,
        ScriptedServer(lambda _: to(plain.address + "/x"), certificate) as secure,
        pytest.raises(RemoteError, match="only to https"),
    ):
        HttpFile(secure.address + "/x", retry=ONCE)
    assert not plain.heads


def test_redirects_in_a_circle_end(certificate: Path) -> None:
    with ScriptedServer(lambda _: to("/x"), certificate) as server:
        with pytest.raises(RemoteError, match="more than 5 times"):
            HttpFile(server.address + "/x", retry=ONCE)
        assert len(server.heads) == 6


def test_a_signed_address_that_expired_is_asked_for_again(certificate: Path) -> None:
    expired: list[str] = []

    def there(head: str) -> Any:
        path = head.split()[1]
        return [b"HTTP/1.1 403 Expired\r\nContent-Length: 0\r\n\r\n"] if path in expired else range_of(DATA, head)

    with (
        ScriptedServer(there, certificate) as store,
        ScriptedServer(lambda _: to(f"{store.address}/{len(here.heads)}")) as here,
    ):
        file = HttpFile(here.address + "/x", retry=ONCE)
        expired.append("/1")
        assert file.fetch(4, 1) == [DATA[262_144:]]
        assert len(here.heads) == 2
        file.close()


# --- secrets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://user:secret@host/x.pack?sig=secret", "https://***@host/x.pack?sig=***"),
        ("https://secret@host:8080", "https://***@host:8080"),
        ("https://user:se/cret@host/x", "https://***"),
        ("https://user:se?cret@host/x", "https://***"),
        ("https://user:se#cret@host/x", "https://***"),
        ("https://u@v:secret@host/x?secret", "https://***@host/x?***"),
        ("https://host/x?a=1&b=secret&secret#secret", "https://host/x?a=***&b=***&***"),
        ("https://[::1]:80/@x", "https://[::1]:80/@x"),
        ("/x.pack?sig=secret", "/x.pack?***"),
        ("s3://bucket/a\x1b[31m", "s3://bucket/a\\x1b[31m"),
    ],
)
def test_an_address_is_shown_without_secrets(address: str, shown: str) -> None:
    assert redacted(address) == shown
    text = redacted_text(f"cannot open '{address}' now")
    assert text.startswith("cannot open '")
    assert "secret" not in text


@pytest.mark.parametrize("status", [0, 200, 206, 302, 403, 404, 412, 416, 418, 500])
def test_no_error_and_no_log_shows_a_secret(
    status: int, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("vfsloader.remote.http.Retry", lambda: ONCE)
    line = f"HTTP/1.1 {status} X\r\nLocation: http://u:topsecret@h/?k=topsecret\r\nContent-Length: 0\r\n\r\n".encode()
    with ScriptedServer(lambda _: [line] if status else []) as server:
        host = server.address.removeprefix("http://")
        if not status:
            server.__exit__()
        with pytest.raises((VFSError, PermissionError)) as caught:
            open_layer(f"http://user:topsecret@{host}/x.pack?sig=topsecret")
        if status:
            assert base64.b64encode(b"user:topsecret").decode() in server.heads[0], "they are for the server"
    text = (
        "".join(traceback.format_exception(caught.value))
        + repr(caught.value)
        + str(caught.value.__dict__)
        + caplog.text
    )
    assert "topsecret" not in text.replace('open_layer(f"http://user:topsecret@{host}/x.pack?sig=topsecret")', "")


@pytest.mark.parametrize("scheme", ["HTTP", "ftp", "s3", "https"])
def test_an_address_that_cannot_be_opened_shows_no_secret(scheme: str) -> None:
    with pytest.raises(VFSError) as caught:
        open_layer(f"{scheme}://user:topsecret@[x/?sig=topsecret" if scheme != "s3" else "s3://topsecret@")
    assert "topsecret" not in repr(caught.value) + str(caught.value) + repr(caught.value.args)


@pytest.mark.parametrize("path", ["/x.pack?sig=topsecret", "/dir/x.pack?a=topsecret.b", "/x.pack?sig=a/topsecret"])
def test_a_layer_shows_no_secret(path: str, tmp_path: Path) -> None:
    from tests.remote.test_packs import build_pack

    data = build_pack({"/a": b"1"}, tmp_path / "p.pack").read_bytes()
    with ScriptedServer(lambda head: range_of(data, head)) as server:
        address = server.address.replace("//", "//user:topsecret@")
        with open_layer(address + path) as layer:
            assert layer.name == "x"
            entry = layer.find("/a")
            assert entry is not None
            assert layer.read(entry) == b"1"
            assert "topsecret" not in repr(layer) + str(layer) + repr(entry)


# --- databases -----------------------------------------------------------------------------------------------


def test_the_line_of_the_documentation(tmp_path: Path) -> None:
    local = apsw.Connection(str(tmp_path / "a.db"))
    local.execute("CREATE TABLE t(a); INSERT INTO t VALUES(1), (2)")
    local.close()
    data = (tmp_path / "a.db").read_bytes()
    with ScriptedServer(lambda head: range_of(data, head)) as server:
        url = f"{server.address}/a.db"
        connection = apsw.Connection(url, vfs=HTTPVFS().name)
        assert connection.execute("SELECT sum(a) FROM t").get == 3
        connection.execute("PRAGMA temp_store_directory = 'x'")
        connection.execute("PRAGMA temp_store = FILE; CREATE TEMP TABLE s AS SELECT * FROM t")
        name = HTTPVFS().name
        for _ in range(2):
            second = apsw.Connection(url, vfs=name)
            assert second.execute("SELECT count(*) FROM t").get == 2
            second.close()
        again = apsw.Connection(url, apsw.SQLITE_OPEN_READONLY, vfs=HTTPVFS().name)
        assert again.execute("SELECT max(a) FROM t").get == 2
        again.close()
        connection.close()
        plain = str(name)
        assert plain in apsw.vfs_names()
        del name, connection, second
        assert plain not in apsw.vfs_names()


# --- buckets -------------------------------------------------------------------------------------------------


def bucket_at(address: str) -> Bucket:
    return Bucket(resource(address).Bucket("b"), BRIEF)


@pytest.mark.parametrize("name", ["headers", "body", "nothing at all"])
@pytest.mark.parametrize("call", [lambda b: b.get("k"), lambda b: b.get("k", 0, 1000), lambda b: b.list("k")])
def test_a_slow_bucket_ends_at_the_deadline(name: str, call: Callable[[Bucket], object]) -> None:
    with ScriptedServer(lambda head: SLOW[name](server)) as server, pytest.raises(RemoteError):
        call(bucket_at(server.address))


@pytest.mark.parametrize("status", [b"200 OK", b"206 Partial Content", b"404 Not Found", b"500 Oops"])
@pytest.mark.parametrize("call", [lambda b: b.get("k"), lambda b: b.get("k", 0, 1000), lambda b: b.list("k")])
def test_an_endless_answer_of_a_bucket_is_cut_off(
    status: bytes, call: Callable[[Bucket], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfsloader.remote.s3.MAX_OBJECT_BYTES", 1 << 20)
    with ScriptedServer(lambda _: endless(b"HTTP/1.1 " + status + b"\r\n\r\n")) as server:
        bucket = Bucket(resource(server.address).Bucket("b"), Retry(attempts=1, deadline=20))
        with pytest.raises((RemoteError, PathNotFoundError)) as caught:
            call(bucket)
        assert server.sent < 64 << 20
    assert "Signature" not in "".join(traceback.format_exception(caught.value))


def listing(*keys: str, more: bool) -> bytes:
    entries = "".join(
        f"<Contents><Key>{key}</Key><Size>1</Size><LastModified>2024-01-01T00:00:00Z</LastModified></Contents>"
        for key in keys
    )
    token = "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" if more else ""
    body = f"<?xml version='1.0'?><ListBucketResult>{token}{entries}</ListBucketResult>".encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.parametrize("keys", [[], ["a"], ["a", "b", "c"]])
def test_a_listing_without_an_end_is_refused(keys: list[str]) -> None:
    with ScriptedServer(lambda _: [listing(*keys, more=True)]) as server:
        with pytest.raises(RemoteError, match="listing"):
            Bucket(resource(server.address).Bucket("b"), ONCE).list("k")
        assert len(server.heads) < 50


def test_a_manifest_that_is_listed_and_never_there() -> None:
    def script(head: str) -> list[bytes]:
        if "list-type" in head:
            return [listing("p/manifest/0000000001", more=False)]
        return [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]

    with ScriptedServer(script) as server:
        with pytest.raises(RemoteError, match="has none of them"):
            Published(Bucket(resource(server.address).Bucket("b"), ONCE), "p").latest()
        assert len(server.heads) < 50


@pytest.mark.parametrize("number", ["\u0661\u0662", "9" * 5000, "-1", "x\x1b"])
def test_a_manifest_with_an_impossible_number(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    published = Published(bucket_at("http://127.0.0.1:1"), "p")
    listed = [type("Listed", (), {"key": f"p/manifest/{number}"})]
    monkeypatch.setattr(published.bucket, "list", lambda *_: listed)
    with pytest.raises(RemoteError, match="damaged"):
        published.latest()


# --- manifests -----------------------------------------------------------------------------------------------

SEGMENT = "0" * 64


def fields(**changed: Any) -> dict[str, Any]:
    digests = base64.b64encode(bytes(16 * 10)).decode()
    whole = {"format": 1, "size": 40960, "block_size": 4096, "segments": [SEGMENT], "runs": [[0, 10, 0, 0]]}
    return {**whole, "digests": digests, "first": [[0, 2]], **changed}


def packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value).encode())


def test_a_good_manifest_is_read() -> None:
    manifest = Manifest.decode(packed(fields()), 1, "m")
    assert manifest.runs == (Run(0, 10, 0, 0),)
    assert Manifest.decode(manifest.encode(), 1, "m") == manifest


@pytest.mark.parametrize(
    "data",
    [
        zlib.compress(bytes(200 << 20)),
        zlib.compress(b"[" * 100_000),
        zlib.compress(b"[" + b"1," * 9_000_000 + b"1]"),
        zlib.compress(b'{"format": 1, "size": ' + b"9" * 5000 + b"}"),
        packed(fields())[:-3],
        packed(fields()) + b"more",
        b"\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00",
        b"",
        packed(None),
        packed([]),
        packed(fields(size=float("inf"))),
        packed(fields(size=1 << 80)),
        packed(fields(size=-1)),
        packed(fields(block_size=0)),
        packed(fields(block_size=1 << 40)),
        packed(fields(segments=["../../other/key"])),
        packed(fields(segments=[["x"] * 10])),
        packed(fields(runs=[[0, 10, 0, 1 << 50]])),
        packed(fields(runs=[[0, 10, 0, -1]])),
        packed(fields(runs=[[0, 10, 5, 0]])),
        packed(fields(runs=[[0, 1 << 60, 0, 0]])),
        packed(fields(runs=[[0, 5, 0, 0]])),
        packed(fields(first=[[-(1 << 40), 1 << 40]])),
        packed(fields(first=[[0, 1 << 60]])),
        packed(fields(first=[[0, 10]] * 100_000)),
        packed(fields(digests="!")),
    ],
    ids=range(26),
)
def test_a_manifest_that_is_a_bomb_or_contradicts_itself_is_refused(data: bytes) -> None:
    with pytest.raises(VFSError) as caught:
        Manifest.decode(data, 1, "m")
    assert isinstance(caught.value, (DamagedError, BudgetError))
    assert len(str(caught.value)) < 400


def test_manifests_are_unpacked_within_the_budget() -> None:
    budget = Budget("m", Limits(decoded_bytes=1000))
    Manifest.decode(packed(fields()), 1, "m", budget)
    with pytest.raises(BudgetError, match="decoded_bytes"):
        for _ in range(5):
            Manifest.decode(packed(fields()), 1, "m", budget)


def test_ranges_that_overlap_are_fetched_once() -> None:
    class Source:
        size, block_size = 4096 * 100, 4096

        def fetch(self, first: int, count: int) -> list[bytes]:
            asked.extend(range(first, first + count))
            return [bytes(4096)] * count

        def key(self, block: int) -> bytes:
            return block.to_bytes(16, "big")

        def close(self) -> None:
            pass

    asked: list[int] = []
    source = RemoteSource(Blocks(Source()))
    source.prefetch([(0, 4096 * 100)] * 100_000)
    assert asked == list(range(100))
    source.close()


def test_a_bad_line_is_still_read_through() -> None:
    with ScriptedServer(lambda head: range_of(DATA, head)) as server:
        line = BadLine(server.address, seed=5)
        line.trouble = 0.3
        file = HttpFile(f"{line.address}/x", retry=Retry(attempts=20, pause=0.001))
        for _ in range(10):
            assert len(file.fetch(1, 3)) == 3
        file.close()
        line.close()


# --- names of hosts that nobody answers for ----------------------------------------------------------------


@pytest.fixture
def lookups(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let the system look up names ending in .slow until the test is over."""
    real, over, asked = socket.getaddrinfo, threading.Event(), []

    def getaddrinfo(host: str, *arguments: Any, **options: Any) -> Any:
        if not str(host).endswith(".slow") or options.get("flags"):
            return real(host, *arguments, **options)
        asked.append(host)
        over.wait(30)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield asked
    over.set()


def test_a_name_that_is_never_found_ends_at_the_deadline(lookups: list[str]) -> None:
    for _ in range(3):
        with pytest.raises(RemoteError, match=r"address of server\.slow was not found within"):
            HttpFile("http://server.slow/x", retry=BRIEF)
    assert lookups == ["server.slow"]  # one thread, however often it is asked for


def test_a_name_of_an_s3_server_that_is_never_found(lookups: list[str]) -> None:
    client = boto3.resource(
        "s3",
        endpoint_url="http://server.slow:1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        region_name="us-east-1",
        config=botocore.config.Config(connect_timeout=0.2, retries={"total_max_attempts": 1}),
    )
    with pytest.raises(RemoteError):
        Bucket(client.Bucket("b"), ONCE).list("k")
    assert len(lookups) == 1


def test_only_so_many_names_are_looked_up_at_once(lookups: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_lookup, "MOST_LOOKUPS", 3)
    for number in range(10):
        with pytest.raises(RemoteError, match=r"not found within|looked up already"):
            HttpFile(f"http://{number}.slow/x", retry=Retry(attempts=1, deadline=0.05))
    assert len(lookups) == 3


def test_names_and_numbers_of_hosts(lookups: list[str]) -> None:
    for host in ("localhost", "127.0.0.1"):
        assert ("127.0.0.1", 80) in [address[4] for address in name_lookup.addresses_of(host, 80, 5.0)]
    for name in ("no.such.name.invalid", "a..b", "x" * 300, "\ud800"):
        with pytest.raises(OSError, match=r"."):
            name_lookup.addresses_of(name, 80, 5.0)
    assert name_lookup._running == {}
