"""Hosts that lie, are slow, or send names that are paths; and guests that ask for what is not theirs."""

from __future__ import annotations

import hashlib
import json
import random
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.distribution.test_joining import SENT, Party, party, tree, yes
from vfsloader.archives.layer import ArchiveLayer
from vfsloader.distribution import host_server, joining
from vfsloader.distribution.host_set import HostedMod, HostedSet, HostHead, ListedFile, Piece, read_list, write_list
from vfsloader.distribution.joining import _parted
from vfsloader.distribution.mod_files import Stretch
from vfsloader.errors import DamagedError, RemoteError, VFSError
from vfsloader.mods.sets.fingerprint import Fingerprint, ModPrint
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.jobs import CancelledJobError
from vfsloader.runtime.zstd import zstd

__all__ = ["party"]
CONTENT = hashlib.sha256(b"snow").hexdigest()
MOD = "ab" * 32
PASSED_ON = HostedMod(is_sent=True)


class Liar:
    """A host whose answers a test chooses, by the beginning of the path."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Callable[[Any], None]] = {}
        self.asked: list[str] = []
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                liar.asked.append(self.path)
                found = next((liar.answers[key] for key in liar.answers if self.path.startswith(key)), None)
                if callable(found):
                    found(self)
                    return
                self.send_response(200 if found is not None else 404)
                self.send_header("Content-Length", str(len(found or b"")))
                self.end_headers()
                self.wfile.write(found or b"")

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"127.0.0.1:{self._server.server_address[1]}"

    def offer(
        self,
        files: list[ListedFile],
        contents: bytes,
        mods: Sequence[ModPrint] = (ModPrint("winter", "1.0", MOD, "Winter"),),
        hosted: HostedMod = PASSED_ON,
    ) -> None:
        """Offer mods that all have some files."""
        fingerprint = Fingerprint(tuple(mods))
        packed = HostedSet(fingerprint, {mod.id: hosted for mod in mods}).to_bytes()
        head = HostHead("Eve", fingerprint.digest, hashlib.sha256(packed).hexdigest(), len(packed))
        self.answers = {
            "/join.json": head.to_json(),
            "/join/": packed,
            "/list/": write_list(files),
            "/contents/": contents,
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def liar() -> Iterator[Liar]:
    made = Liar()
    yield made
    made.close()


@pytest.fixture
def guest(party: Party) -> Any:
    party.mod("guest", "owls", {"f.txt": "owls"})
    return party.game("guest", budget=Limits(seconds=1.0))


def refused(party: Party, guest: Any, liar: Liar, error: type[Exception] = VFSError) -> str:
    """Return why a host cannot be joined; nothing of the guest may have changed."""
    before = tree(party.folder / "guest")
    with pytest.raises(error) as caught:
        guest.mods.join(liar.address, confirm=yes)
    guest.update()
    assert [mod.id for mod in guest.mods.enabled] == ["owls"]
    assert guest.mods.joined is None
    assert tree(party.folder / "guest") == before
    home = party.folder / "guest" / ".getting" / "joined"
    assert [path for path in home.rglob("*") if path.is_file() and path.suffix != ".part"] == []
    assert not (party.folder / "escaped").exists()
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "../escaped", "/../../escaped", "/a/../../escaped", "//x", "C:\\x", "/a\\b", "/a\0b", "/" + "x" * 2_000, "",
        "/", 7, "/" + "d/" * 500 + "x", "/a\nb", None,
    ],
)  # fmt: skip
def test_names_that_are_paths(party: Party, guest: Any, liar: Liar, name: Any) -> None:
    liar.offer([ListedFile(name, 4, CONTENT)], b"snow")
    assert "nothing was changed" in refused(party, guest, liar, DamagedError)


@pytest.mark.parametrize(
    ("files", "contents", "why"),
    [
        ([ListedFile("/f.txt", 4, CONTENT)], b"rain", "sent other bytes"),
        ([ListedFile("/f.txt", 4, CONTENT)], b"sno", "other bytes"),
        ([ListedFile("/f.txt", 4, CONTENT)], b"snow and more", "was refused"),
        ([ListedFile("/f.txt", 4, CONTENT)], b"snow", "is not the mod of the host"),
        ([ListedFile("/f.txt", -1, CONTENT)], b"", "a size or a digest is wrong"),
        ([ListedFile("/f.txt", 1 << 60, CONTENT)], b"", "too large"),
        ([ListedFile("/f.txt", 4, "zz")], b"", "a size or a digest is wrong"),
        ([ListedFile("/f.txt", 4, CONTENT, (Piece(3, CONTENT),))], b"sno", "parts of a file are not the file"),
        ([ListedFile("/f.txt", 4, CONTENT, (Piece(4, MOD),))], b"snow", "sent other bytes"),
        ([ListedFile("/f.txt", 4, MOD, (Piece(4, CONTENT),))], b"snow", "is not what the host said"),
        ([ListedFile("/f.txt", 4, CONTENT)] * 2, b"snow", "twice"),
        ([ListedFile("/f", 4, CONTENT), ListedFile("/f/g", 4, CONTENT)], b"snow", "twice"),
        ([], b"", "is not the mod of the host"),
    ],
)
def test_lists_that_lie(
    party: Party, guest: Any, liar: Liar, files: list[ListedFile], contents: bytes, why: str
) -> None:
    liar.offer(files, contents)
    assert why in refused(party, guest, liar)


def test_a_set_that_is_another_one(party: Party, guest: Any, liar: Liar) -> None:
    liar.offer([], b"")
    table = json.loads(liar.answers["/join.json"])  # type: ignore[arg-type]
    for change in (
        {"set": "0" * 64}, {"size": 1}, {"size": 1 << 40}, {"size": "x"}, {"digest": "../x"}, {"version": 99},
        {"format": "html"}, {"digest": "0" * 64},
    ):  # fmt: skip
        liar.answers["/join.json"] = json.dumps({**table, **change}).encode()
        assert len(refused(party, guest, liar)) < 400
    for data in (b"<html>login</html>", b"", b"[" * 100_000, b'{"format": 1', b"\xff" * 50):
        liar.answers["/join.json"] = data
        refused(party, guest, liar)


def test_a_text_that_unpacks_to_gigabytes(party: Party, guest: Any, liar: Liar) -> None:
    liar.offer([], b"")
    liar.answers["/list/"] = zstd().compress(bytes(70 << 20), 1)
    assert "too large" in refused(party, guest, liar, DamagedError)


@pytest.mark.parametrize(
    ("mod", "version"), [("../../escaped", "1.0"), ("/escaped", "1.0"), ("Winter", "1.0"), ("", "1"), ("w", "1" * 101)]
)
def test_ids_that_are_paths(party: Party, guest: Any, liar: Liar, mod: str, version: str) -> None:
    liar.offer([ListedFile("/f.txt", 4, CONTENT)], b"snow", [ModPrint(mod, version, MOD, "x")])
    assert "an id, a version or a digest is wrong" in refused(party, guest, liar, DamagedError)
    assert not list(party.folder.rglob("*escaped*"))


def test_a_content_that_is_in_very_many_files(party: Party, guest: Any, liar: Liar) -> None:
    """A player who says yes to a megabyte must not get gigabytes on the disk."""
    big = bytes(1 << 20)
    digest = hashlib.sha256(big).hexdigest()
    liar.offer([ListedFile(f"/{number}.bin", 1 << 20, digest) for number in range(2_000)], big)
    assert "refused as unsafe" in refused(party, guest, liar)
    assert [path for path in liar.asked if path.startswith("/contents")] == []


def test_more_lists_than_a_player_waits_for(
    party: Party, guest: Any, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "MOST_LISTED", 1_000)
    mods = [ModPrint(f"mod{number}", "1.0", hashlib.sha256(b"%d" % number).hexdigest()) for number in range(100)]
    liar.offer([ListedFile(f"/{number}.txt", 4, CONTENT) for number in range(300)], b"snow", mods)
    assert "lists more than 1,000 files" in refused(party, guest, liar, DamagedError)
    assert len(liar.asked) < 10


def test_a_comparison_with_a_host_can_be_stopped(party: Party, guest: Any, liar: Liar) -> None:
    mods = [ModPrint(f"mod{number}", "1.0", hashlib.sha256(b"%d" % number).hexdigest()) for number in range(100)]
    liar.offer([ListedFile("/f.txt", 4, CONTENT)], b"snow", mods)

    def stop(done: int, total: int, _what: str) -> None:
        if done == 3:
            raise CancelledJobError
        assert total == 100

    with pytest.raises(CancelledJobError):
        guest.mods.installer.joiner().plan(liar.address, progress=stop)
    assert len(liar.asked) == 5


@pytest.mark.parametrize(
    "source", ["https://127.0.0.1:1/x", "https://localhost/x", "https://router.local", "https://["]
)
def test_a_host_names_no_address_in_the_players_network(party: Party, guest: Any, liar: Liar, source: str) -> None:
    liar.offer([], b"", hosted=HostedMod(False, f"{MOD}.zip", 10, source))
    assert "cannot be had here" in refused(party, guest, liar)


def drip(handler: Any) -> None:
    """Send a byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.05)
    except OSError:
        pass


def endless(handler: Any) -> None:
    """Send more than was asked for."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65_536)
    except OSError:
        pass


@pytest.mark.parametrize("answer", [drip, endless])
@pytest.mark.parametrize("where", ["/join.json", "/list/"])
def test_answers_that_do_not_end(party: Party, guest: Any, liar: Liar, answer: Any, where: str) -> None:
    liar.offer([ListedFile("/f.txt", 4, CONTENT)], b"snow")
    liar.answers[where] = answer
    refused(party, guest, liar, RemoteError)


def test_a_list_of_a_mod_is_read_back() -> None:
    files = [ListedFile("/a/ü.txt", 3, CONTENT), ListedFile("/empty", 0, hashlib.sha256(b"").hexdigest())]
    assert read_list(write_list(files), "x") == files
    assert _parted(" 10.0.0.7:8000#" + "a" * 20) == ("http://10.0.0.7:8000", "a" * 20)


# --- hostile guests ----------------------------------------------------------------------------------


def ask(address: str, request: bytes, *, limit: int = 1 << 20) -> bytes:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 30) as connection:
        connection.sendall(request)
        data = b""
        while len(data) < limit and (piece := connection.recv(65_536)):
            data += piece
        return data


def get(address: str, path: str, more: str = "") -> bytes:
    return ask(address, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n".encode("latin-1"))


@pytest.fixture
def server(party: Party) -> Any:
    party.mod("host", "winter", {"a.txt": "snow", "b.txt": "ice", "c.txt": ""})
    party.mod("host", "secret", {"s.txt": "mine alone"}, sharing={})
    (party.folder / "host" / "winter-1.0" / "out.txt").symlink_to(party.folder / "private.txt")
    (party.folder / "private.txt").write_text("mine alone")
    return party.serve()


def test_what_a_guest_may_ask_for(party: Party, server: Any) -> None:
    fingerprint = party.games[0].mods.fingerprint()
    content = {mod.id: mod.sha256 for mod in fingerprint.mods}
    listed = get(server.address, f"/list/{content['winter']}.zst").partition(b"\r\n\r\n")[2]
    names = [file.path for file in read_list(listed, "x")]
    assert names == ["/a.txt", "/b.txt", "/c.txt", "/mod.json"]
    winter = f"/contents/{content['winter']}"
    assert get(server.address, f"{winter}/0-1").endswith(b"\r\n\r\nsnowice")
    assert get(server.address, f"{winter}/0-1", "Range: bytes=5-\r\n").endswith(b"\r\n\r\nce")
    assert get(server.address, f"{winter}/2").endswith(b"Content-Length: 0\r\nAccept-Ranges: bytes\r\n"
                                                       b"Cache-Control: no-store\r\n\r\n")  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/", "/index.json", "/join", "/join/..", "/../../etc/passwd", "//etc/passwd", "/%2e%2e/x", "http://x/join.json",
        "/contents/WINTER/99", "/contents/WINTER/1-0", "/contents/WINTER/0,0", "/contents/WINTER/0-999999999999",
        "/contents/WINTER/-1", "/contents/WINTER/", "/contents/WINTER/0-1-2", "/contents/SECRET/0", "/list/SECRET.zst",
        "/list/" + "0" * 64 + ".zst", "/join/" + "0" * 64 + ".zst", "/by-hash/" + "0" * 64 + ".zip",
    ],
)  # fmt: skip
def test_what_a_guest_may_not_ask_for(party: Party, server: Any, path: str) -> None:
    for mod in party.games[0].mods.fingerprint().mods:
        path = path.replace(mod.id.upper(), mod.sha256)
    answer = get(server.address, path)
    assert answer.split(b" ")[1] in (b"404", b"400"), answer
    assert b"mine alone" not in answer


def test_requests_that_are_not_any(server: Any) -> None:
    for request in (
        b"\0" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"POST /join.json HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
        b"GET /join.json HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"GET /join.json HTTP/1.1\r\nRange: bytes=9999-\r\n\r\n",
    ):  # fmt: skip
        answer = ask(server.address, request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        assert b" 200 " not in answer[:20]
    assert b" 200 " in get(server.address, "/join.json")[:20]


def test_silent_and_slow_guests_are_dropped(
    party: Party, monkeypatch: pytest.MonkeyPatch, wait_for: Callable[..., object]
) -> None:
    monkeypatch.setattr(host_server, "REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(host_server, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(host_server, "SLOWEST_RATE", 1 << 30)
    party.mod("host", "winter", {"big.txt": "x" * (32 << 20)})
    server = party.serve()
    host, _, port = server.address.removeprefix("http://").partition(":")
    (mod,) = party.games[0].mods.fingerprint().mods
    requests = [b"", b"GET /jo", f"GET /contents/{mod.sha256}/0 HTTP/1.1\r\n\r\n".encode()]
    slow = [socket.create_connection((host, int(port)), 30) for _ in requests]
    for connection, request in zip(slow, requests, strict=True):
        connection.sendall(request)
    wait_for(lambda: not server._server.deadlines, "the end of the slow connections")
    for connection in slow:
        connection.close()


def test_one_guest_cannot_take_all_connections(
    party: Party, monkeypatch: pytest.MonkeyPatch, wait_for: Callable[..., object]
) -> None:
    monkeypatch.setattr(host_server, "MOST_OF_ONE", 3)
    party.mod("host", "winter", {"a.txt": "snow"})
    server = party.serve()
    host, _, port = server.address.removeprefix("http://").partition(":")
    greedy = [socket.create_connection((host, int(port)), 30) for _ in range(8)]
    wait_for(lambda: len(server._server.deadlines) == 3, "three connections")
    for connection in greedy[3:]:
        assert connection.recv(10) == b""
    for connection in greedy:
        connection.close()
    wait_for(lambda: not server._server.deadlines, "the end of the connections")
    assert b" 200 " in get(server.address, "/join.json")[:20]


def test_the_end_of_a_large_file_is_read_without_its_beginning(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    mod = party.mod("host", "winter", {})
    (mod / "big.bin").write_bytes(random.Random(1).randbytes(8 << 20))
    server = party.serve()
    (known,) = party.games[0].mods.fingerprint().mods
    listed = get(server.address, f"/list/{known.sha256}.zst").partition(b"\r\n\r\n")[2]
    count = sum(len(file.pieces) for file in read_list(listed, "x")) - 2  # the last one is the manifest
    got: list[int] = []
    read = Stretch.read
    monkeypatch.setattr(
        Stretch, "read", lambda *arguments: (got.append(len(data)) or data for data in read(*arguments))
    )
    answer = get(server.address, f"/contents/{known.sha256}/0-{count}", f"Range: bytes={(8 << 20) - 10}-\r\n")
    assert answer.endswith((mod / "big.bin").read_bytes()[-10:])
    assert sum(got) == 10


def test_a_large_file_of_an_archive_is_unpacked_once(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    big = random.Random(1).randbytes(4 << 20)
    (party.folder / "host").mkdir()
    with zipfile.ZipFile(party.folder / "host" / "winter.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mod.json", json.dumps({"id": "winter", "name": "W", "version": "1.0", **SENT}))
        archive.writestr("big.bin", big)
    server = party.serve()
    (known,) = party.games[0].mods.fingerprint().mods
    listed = get(server.address, f"/list/{known.sha256}.zst").partition(b"\r\n\r\n")[2]
    unpacked = []
    read = ArchiveLayer.read
    monkeypatch.setattr(ArchiveLayer, "read", lambda *arguments: unpacked.append(1) or read(*arguments))
    count = len(read_list(listed, "x")[0].pieces)
    assert count > 5
    data = [
        get(server.address, f"/contents/{known.sha256}/{index}").partition(b"\r\n\r\n")[2] for index in range(count)
    ]
    assert b"".join(data) == big
    assert len(unpacked) == 1
    folder = Path(server.hosted._unpacked._folder.name)
    assert folder.exists()
    server.close()
    assert not folder.exists()


def test_ends_in_the_middle_leave_nothing_open(party: Party, wait_for: Callable[..., object], tmp_path: Path) -> None:
    party.mod("host", "winter", {"big.txt": "x" * (8 << 20)})
    server = party.serve()
    (mod,) = party.games[0].mods.fingerprint().mods
    ask(server.address, f"GET /contents/{mod.sha256}/0 HTTP/1.1\r\n\r\n".encode(), limit=100)
    wait_for(lambda: not server._server.deadlines, "the end of the connection")
