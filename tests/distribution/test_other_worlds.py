"""Sources of other worlds, against a local server that answers in their shapes."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.distribution.world import World
from tests.remote.bad_servers import ScriptedServer
from vfsloader.distribution import sources
from vfsloader.errors import ConfigError, DamagedError, ModOrderError, VFSError


@pytest.fixture(autouse=True)
def _always_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "FRESH_SECONDS", 0)


class Site:
    """A web site: answers by path and query."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.server = ScriptedServer(self._answer)
        self.address = self.server.address

    def _answer(self, head: str) -> list[bytes]:
        path = head.split(" ")[1]
        self.asked.append(path)
        if path not in self.answers:
            return [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"]
        body = self.answers[path]
        return [f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body]

    def put(self, path: str, value: Any) -> int:
        """Answer with bytes, or with JSON."""
        self.answers[path] = value if isinstance(value, bytes) else json.dumps(value).encode()
        return len(self.answers[path])


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with made.server:
        yield made


def zipped(files: dict[str, str]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


class Thunder:
    """What Thunderstore lists."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.packages: dict[str, dict[str, Any]] = {}

    def release(self, owner: str, name: str, number: str, *dependencies: str, **more: Any) -> None:
        full = f"{owner}-{name}"
        manifest = {"name": name, "version_number": number, "website_url": "", "description": name, "dependencies": []}
        files = {
            "manifest.json": json.dumps(manifest),
            "icon.png": "png",
            "README.md": "x",
            "f.txt": f"{full} {number}",
        }
        path = f"/package/download/{owner}/{name}/{number}/"
        size = self.site.put(path, zipped(files))
        package = self.packages.setdefault(
            full,
            {
                "name": name,
                "full_name": full,
                "owner": owner,
                "package_url": f"{self.site.address}/c/game/p/{owner}/{name}/",
                "date_created": "2024-01-01T00:00:00Z",
                "uuid4": "0",
                "is_deprecated": False,
                "categories": ["Mods"],
                "versions": [],
            },
        )
        version = {
            "name": name,
            "full_name": f"{full}-{number}",
            "description": f"The {name} of {owner}",
            "icon": f"{self.site.address}/icon.png",
            "version_number": number,
            "dependencies": list(dependencies),
            "download_url": self.site.address + path,
            "downloads": 5,
            "website_url": "",
            "is_active": True,
            "uuid4": "1",
            "file_size": size,
        }
        package["versions"].insert(0, {**version, **more})
        self.site.put("/c/game/api/v1/package/", list(self.packages.values()))


def test_thunderstore_is_a_source(world: World, site: Site) -> None:
    store = Thunder(site)
    store.release("Ann", "Core_Lib", "1.0.0")
    store.release("Ann", "Core_Lib", "1.2.0")
    store.release("Bob", "Winter", "2.0.0", "Ann-Core_Lib-1.1.0")
    game = world.game(source=False)
    home = f"{site.address}/c/game"
    with pytest.raises(ConfigError, match="signs nothing"):
        game.mods.sources.add(home, kind="thunderstore")
    with pytest.raises(ConfigError, match="the kinds are thunderstore, contentdb"):
        game.mods.sources.add(home, trust=True, kind="steam")
    game.mods.sources.add(home, trust=True, kind="thunderstore")
    assert [(mod.id, mod.version, mod.summary) for mod in game.mods.search("winter")] == [
        ("bob-winter", "2.0.0", "The Winter of Bob")
    ]
    plan = game.mods.installer.plan_install("bob-winter")
    assert [str(change) for change in plan.changes] == ["ann-core_lib 1.2.0", "bob-winter 2.0.0"]
    assert all(change.size for change in plan.changes)
    game.mods.installer.apply(plan)
    game.update()
    assert game.read("/f.txt") == b"Bob-Winter 2.0.0"
    assert [mod.name for mod in game.mods.enabled] == ["Core_Lib", "Winter"]
    store.release("Bob", "Winter", "2.1.0")
    assert [(row.mod, row.newest) for row in game.mods.outdated()] == [("bob-winter", "2.1.0")]
    lock = game.mods.lock()
    game.mods.update()
    game.update()
    assert game.read("/f.txt") == b"Bob-Winter 2.1.0"
    other = world.game("other", source=False)
    other.mods.sources.add(home, trust=True, kind="thunderstore")
    other.mods.sync(lock)  # by another player: what is made of the same zip has the same bytes
    assert other.mods.lock() == lock
    site.server.__exit__()
    assert [mod.id for mod in game.mods.search("core")] == ["ann-core_lib"]


def test_contentdb_is_a_source(world: World, site: Site) -> None:
    def package(author: str, name: str, release: int | None) -> dict[str, Any]:
        return {
            "author": author,
            "name": name,
            "title": name.title(),
            "short_description": f"A mod by {author}",
            "type": "mod",
            "release": release,
            "thumbnail": None,
        }

    def dependencies(author: str, name: str, *depends: str) -> dict[str, Any]:
        known = {"author": author, "name": name, "type": "MOD", "provides": [name], "optional_depends": []}
        return {**known, "depends": list(depends)}

    packages = [package("ann", "doors", 7), package("bob", "wood", 30), package("eve", "draft", None)]
    site.put("/api/packages/?type=mod", [*packages, package("eve", "wood", 99)])
    pages = [[dependencies("ann", "doors", "wood", "bob/wood")], [dependencies("bob", "wood")]]
    queries = ["type=mod&n=300", "type=mod&n=300&page=2"]
    for number, items in enumerate(pages):
        following = f"https://elsewhere.example/api/dependencies/?{queries[1]}" if number == 0 else None
        answer = {"page": number + 1, "per_page": 300, "page_count": 2, "total": 2, "items": items}
        site.put(f"/api/dependencies/?{queries[number]}", {**answer, "urls": {"next": following, "previous": None}})
    site.put(
        "/packages/ann/doors/releases/7/download/",
        zipped({"doors/mod.conf": "name = doors\ndepends = wood", "doors/textures/d.png": "door"}),
    )
    site.put("/packages/bob/wood/releases/30/download/", zipped({"mod.conf": "name = wood", "textures/w.png": "wood"}))
    game = world.game(source=False)
    game.mods.sources.add(site.address, trust=True, kind="contentdb")
    assert [mod.id for mod in game.mods.search("")] == ["doors", "wood"]
    assert [str(change) for change in game.mods.install("doors")] == ["doors 7", "wood 30"]
    game.update()
    assert (game.read("/textures/d.png"), game.read("/textures/w.png")) == (b"door", b"wood")
    assert [mod.id for mod in game.mods.enabled] == ["wood", "doors"]


def test_a_mod_for_us_keeps_its_own_manifest(world: World, site: Site) -> None:
    store = Thunder(site)
    store.release("Ann", "Ours", "1.0.0")
    own = 'id = "other"\nname = "Ours"\nversion = "7"\n[options.snow]\ntype = "bool"\ndefault = true\n'
    size = site.put("/package/download/Ann/Ours/1.0.0/", zipped({"mod.toml": own, "f.txt": "1"}))
    store.packages["Ann-Ours"]["versions"][0]["file_size"] = size
    site.put("/c/game/api/v1/package/", list(store.packages.values()))
    game = world.game(source=False)
    game.mods.sources.add(f"{site.address}/c/game", trust=True, kind="thunderstore")
    game.mods.install("ann-ours")
    assert game.mods.options("ann-ours") == {"snow": True}
    assert str(game.mods["ann-ours"].version) == "1.0.0"


@pytest.mark.parametrize(
    "answer",
    [
        b"<html>login</html>",
        b"{}",
        b"[5]",
        b'[{"full_name": "///", "name": "x", "versions": []}]',
        b'[{"full_name": "A-b", "name": "x", "versions": [{"version_number": "x"}]}]',
        b'[{"full_name": "A-b", "name": "x", "versions": [{"version_number": "1", "download_url": "file:///etc/passwd"}]}]',
        b"[" * 10_000,
    ],
    ids=range(7),
)
def test_what_such_a_site_does_not_answer(world: World, site: Site, answer: bytes) -> None:
    site.put("/api/v1/package/", answer)
    site.put("/api/packages/?type=mod", answer)
    site.put("/api/dependencies/?type=mod&n=300", answer)
    game = world.game(source=False)
    for kind in ("thunderstore", "contentdb"):
        with pytest.raises(DamagedError):
            game.mods.sources.add(site.address, trust=True, kind=kind)
    assert list(game.mods.sources) == []


@pytest.mark.parametrize("wrong", ["not a zip", "too large", "elsewhere", "gone", "no mod"])
def test_a_file_of_such_a_site_is_not_trusted(world: World, site: Site, wrong: str) -> None:
    store = Thunder(site)
    store.release("Ann", "Bad", "1.0.0")
    path = "/package/download/Ann/Bad/1.0.0/"
    version = store.packages["Ann-Bad"]["versions"][0]
    if wrong == "not a zip":
        version["file_size"] = site.put(path, b"x" * 500)
    elif wrong == "too large":
        site.put(path, zipped({"f.txt": "x" * 5000}))
    elif wrong == "elsewhere":
        version["download_url"] = "http://127.0.0.1:9/x.zip"
    elif wrong == "gone":
        del site.answers[path]
    else:
        version["file_size"] = site.put(path, zipped({"a/mod.conf": "", "b/mod.conf": "", "modpack.conf": ""}))
    site.put("/c/game/api/v1/package/", list(store.packages.values()))
    game = world.game(source=False)
    game.mods.sources.add(f"{site.address}/c/game", trust=True, kind="thunderstore")
    with pytest.raises(VFSError):
        game.mods.install("ann-bad")
    assert game.mods.available == []


def test_a_requirement_that_the_site_lacks(world: World, site: Site) -> None:
    store = Thunder(site)
    store.release("Ann", "Mod", "1.0.0", "BepInEx-BepInExPack-5.4.21")
    game = world.game(source=False)
    game.mods.sources.add(f"{site.address}/c/game", trust=True, kind="thunderstore")
    with pytest.raises(ModOrderError, match=r"requires bepinex-bepinexpack >=5\.4\.21"):
        game.mods.install("ann-mod")
