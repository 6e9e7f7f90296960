"""The attacks that TUF's specification lists (1.5.2), against our sources and against python-tuf: both must agree."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadError, DownloadHTTPError, RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

from vfsloader import packs
from vfsloader.distribution import Sources
from vfsloader.distribution.head import NAME, Head, write_head
from vfsloader.errors import VFSError
from vfsloader.packs.sign import public_key
from vfsloader.runtime.zstd import zstd

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
LATER, EARLIER = NOW + datetime.timedelta(days=30), NOW - datetime.timedelta(days=1)
Files = dict[str, bytes]


class Side(Protocol):
    """A repository and its client."""

    files: Files
    """What the host sends."""

    def publish(self, content: str, expires: datetime.datetime = LATER) -> None:
        """Publish the next version of the list."""

    def rotate(self) -> None:
        """Name another key, which signs from then on."""

    def steal(self, old: bool) -> None:
        """Sign with a stranger's key from now on, or with the one that was replaced."""

    def head(self) -> str:
        """Return the name of the file that changes in place."""

    def payload(self) -> str:
        """Return the name of the present list."""

    def take(self) -> str:
        """Let the client fetch the list, and return its content."""


class Ours(Side):
    """A signed head, and a source."""

    def __init__(self, folder: Path) -> None:
        self.files = {}
        self._folder = folder / "ours"
        self._folder.mkdir()
        self._public = self._folder / "public"
        self._version = 0
        self._keys = [self._folder / f"{name}.key" for name in ("first", "second", "stranger")]
        for key in self._keys:
            packs.keygen(key, key.with_suffix(".pub"))
        self._key = self._old = self._keys[0]
        self._names = public_key(self._keys[0].with_suffix(".pub"))
        self._sources: Sources | None = None

    def publish(self, content: str, expires: datetime.datetime = LATER) -> None:
        self._version += 1
        row = {"version": content, "file": "0" * 64 + ".zip", "size": 1}
        raw = json.dumps({"mods": [{"id": "winter", "name": "W", "versions": [row]}]}).encode()
        packed = zstd().compress(raw)
        digest = hashlib.sha256(packed).hexdigest()
        head = Head("studio", self._version, expires, (self._names,), digest, len(packed), len(raw))
        self.files = {NAME: write_head(head, [self._key]), head.path: packed}

    def rotate(self) -> None:
        self._names = public_key(self._keys[1].with_suffix(".pub"))
        self.publish(self.content)
        self._key = self._keys[1]

    @property
    def content(self) -> str:
        return "1"

    def steal(self, old: bool) -> None:
        self._key = self._keys[0] if old else self._keys[2]
        self._names = public_key(self._key.with_suffix(".pub"))

    def head(self) -> str:
        return NAME

    def payload(self) -> str:
        return next(name for name in self.files if name != NAME)

    def take(self) -> str:
        for name, data in self.files.items():
            (self._public / name).parent.mkdir(parents=True, exist_ok=True)
            (self._public / name).write_bytes(data)
        for file in self._public.rglob("*"):
            if file.is_file() and file.relative_to(self._public).as_posix() not in self.files:
                file.unlink()
        if self._sources is None:
            self._sources = Sources(self._folder / "state")
            self._sources.add(str(self._public), self._keys[0].with_suffix(".pub"))
        index = self._sources.refresh(next(iter(self._sources)))
        return index.mods["winter"].releases[0].number


class Fetcher(FetcherInterface):
    """Fetches from memory."""

    def __init__(self, side: Theirs) -> None:
        self._side = side

    def _fetch(self, url: str) -> Iterator[bytes]:
        name = url.removeprefix("http://host/")
        if name not in self._side.files:
            raise DownloadHTTPError("not found", 404)
        data = self._side.files[name]
        for start in range(0, len(data), 1000):
            yield data[start : start + 1000]


class Theirs(Side):
    """A TUF repository with one key for all roles, and python-tuf's client."""

    def __init__(self, folder: Path) -> None:
        self.files = {}
        self._folder = folder / "theirs"
        self._folder.mkdir()
        (self._folder / "targets").mkdir()
        self._keys = [CryptoSigner.generate_ed25519() for _ in range(3)]
        self._signer = self._keys[0]
        self._root = Root(expires=NOW + datetime.timedelta(days=365), consistent_snapshot=True)
        for role in ("root", "timestamp", "snapshot", "targets"):
            self._root.add_key(self._signer.public_key, role)
        self._first_root = self._sign(self._root, [self._signer])
        self._roots: Files = {"1.root.json": self._first_root}
        self._version = 0
        self._content = ""

    def _sign(self, signed: Root | Timestamp | Snapshot | Targets, signers: list[CryptoSigner]) -> bytes:
        metadata = Metadata(signed)
        for signer in signers:
            metadata.sign(signer, append=True)
        return metadata.to_bytes()

    def publish(self, content: str, expires: datetime.datetime = LATER) -> None:
        self._version += 1
        self._content = content
        number, data = self._version, content.encode()
        target = TargetFile.from_data("index", data, ["sha256"])
        targets = self._sign(Targets(number, expires=LATER, targets={"index": target}), [self._signer])
        meta = MetaFile(number, len(targets), {"sha256": hashlib.sha256(targets).hexdigest()})
        snapshot = self._sign(Snapshot(number, expires=LATER, meta={"targets.json": meta}), [self._signer])
        meta = MetaFile(number, len(snapshot), {"sha256": hashlib.sha256(snapshot).hexdigest()})
        timestamp = self._sign(Timestamp(number, expires=expires, snapshot_meta=meta), [self._signer])
        self.files = {
            **self._roots,
            f"{number}.targets.json": targets,
            f"{number}.snapshot.json": snapshot,
            "timestamp.json": timestamp,
            f"{hashlib.sha256(data).hexdigest()}.index": data,
        }

    def rotate(self) -> None:
        old, self._signer = self._signer, self._keys[1]
        for role in ("root", "timestamp", "snapshot", "targets"):
            self._root.revoke_key(old.public_key.keyid, role)
            self._root.add_key(self._signer.public_key, role)
        self._root.version += 1
        self._roots = {**self._roots, "2.root.json": self._sign(self._root, [old, self._signer])}
        self.publish(self._content)

    def steal(self, old: bool) -> None:
        self._signer = self._keys[0] if old else self._keys[2]

    def head(self) -> str:
        return "timestamp.json"

    def payload(self) -> str:
        return next(name for name in self.files if name.endswith(".index"))

    def take(self) -> str:
        updater = Updater(
            str(self._folder),
            "http://host/",
            str(self._folder / "targets"),
            "http://host/",
            Fetcher(self),
            bootstrap=self._first_root,
        )
        updater.refresh()
        info = updater.get_targetinfo("index")
        assert info is not None
        return Path(updater.download_target(info, str(self._folder / "index"))).read_text()


def takes(side: Side) -> str:
    """Return what a client takes; empty if it refuses."""
    try:
        return side.take()
    except (VFSError, RepositoryError, DownloadError):
        return ""


def nothing_wrong(side: Side) -> None:
    side.publish("2")


def rollback(side: Side) -> None:
    old = dict(side.files)
    side.publish("2")
    assert takes(side) == "2"
    side.files = old


def freeze(side: Side) -> None:
    side.publish("2", EARLIER)


def foreign_key(side: Side) -> None:
    side.steal(old=False)
    side.publish("2")


def changed_list(side: Side) -> None:
    side.publish("2")
    data = side.files[side.payload()]
    side.files[side.payload()] = bytes([data[0] ^ 1]) + data[1:]


def changed_head(side: Side) -> None:
    side.publish("2")
    data = side.files[side.head()]
    place = data.index(b"version")
    side.files[side.head()] = data[:place] + b"V" + data[place + 1 :]


def mix_and_match(side: Side) -> None:
    old = side.files[side.payload()]
    side.publish("2")
    side.files[side.payload()] = old


def new_list_with_the_old_head(side: Side) -> None:
    old = side.files[side.head()]
    side.publish("2")
    side.files[side.head()] = old


def endless_head(side: Side) -> None:
    side.publish("2")
    side.files[side.head()] += b" " * 5_000_000


def endless_list(side: Side) -> None:
    side.publish("2")
    side.files[side.payload()] += b" " * 5_000_000


def missing_list(side: Side) -> None:
    side.publish("2")
    del side.files[side.payload()]


def missing_head(side: Side) -> None:
    side.publish("2")
    del side.files[side.head()]


def rotated_key(side: Side) -> None:
    side.rotate()
    assert takes(side) == "1"
    side.publish("2")


def replaced_key(side: Side) -> None:
    side.rotate()
    assert takes(side) == "1"
    side.steal(old=True)
    side.publish("2")


ATTACKS: dict[Callable[[Side], None], bool] = {
    nothing_wrong: True,
    rotated_key: True,
    rollback: False,
    freeze: False,
    foreign_key: False,
    changed_list: False,
    changed_head: False,
    mix_and_match: False,
    new_list_with_the_old_head: False,
    endless_head: False,
    endless_list: False,
    missing_list: False,
    missing_head: False,
    replaced_key: False,
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_python_tuf_and_our_sources_agree(tmp_path: Path, attack: Callable[[Side], None]) -> None:
    taken = []
    for side in (Ours(tmp_path), Theirs(tmp_path)):
        side.publish("1")
        assert takes(side) == "1"
        attack(side)
        taken.append(takes(side))
    assert [found == "2" for found in taken] == [ATTACKS[attack]] * 2
