from __future__ import annotations

import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import FolderLayer, Store, open_layer, packs
from vfsloader.layers import name_index
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount, Union

NAMES = ["a", "A", "b", unicodedata.normalize("NFD", "é"), "s", "ſ", "dir"]
FILES = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2), max_size=4)
KINDS = st.sampled_from(["folder", "folder", "zip", "pack", "store", "whiteouts", "mounted", "removing"])
ASKED = ["/" + "/".join(parts) for parts in [(a,) for a in NAMES] + [(a, b) for a in NAMES for b in NAMES]]


def make(at: Path, kind: str, files: list[list[str]]) -> Layer:
    folder = at / "f"
    folder.mkdir(parents=True)
    for parts in files:
        file = folder.joinpath(*parts)
        if not file.exists() and not any(above.is_file() for above in file.parents):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(str(at))
    inner = FolderLayer(folder, live=False)
    if kind == "zip":
        with zipfile.ZipFile(at / "z.zip", "w") as archive:
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(folder).as_posix())
        return open_layer(at / "z.zip", live=False)
    if kind == "pack":
        packs.build(folder, at / "p.pack")
        return Store(at / "p.pack")
    if kind in ("store", "whiteouts"):
        store = Store()
        for parts in files:
            path = unicodedata.normalize("NFC", "/" + parts[0])
            if kind == "whiteouts":
                store.remove(path, hide=True)
            elif store.find(path) is None:
                store.write(path, str(at).encode())
        return store
    if kind == "mounted":
        return MountedLayer(inner, mount="/dir")
    return MountedLayer(inner, remove=["/a*"]) if kind == "removing" else inner


def answers(union: Union) -> list[Any]:
    found = [union.find(unicodedata.normalize("NFC", path)) for path in ASKED]
    return [None if one is None else (one.name, one.entry.path, one.entry.kind, one.entry.size) for one in found]


@given(layers=st.lists(st.tuples(KINDS, FILES), min_size=name_index.LEAST_LAYERS + 1, max_size=14))
@settings(max_examples=40)
def test_an_index_changes_no_answer(tmp_path_factory: pytest.TempPathFactory, layers: list[Any]) -> None:
    at = tmp_path_factory.mktemp("index")
    mounts = [Mount(str(number), make(at / str(number), *layer)) for number, layer in enumerate(layers)]
    union = Union(mounts)
    first = answers(union)
    assert len(ASKED) > name_index.PATIENCE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(name_index, "PATIENCE", 1 << 30)
        slow = Union(mounts)
        assert answers(slow) == first
    assert answers(union) == first
    for mount in mounts:
        mount.layer.close()


def test_only_layers_that_may_have_a_name_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VFSLOADER_FAST_PATHS", raising=False)
    mounts = [Mount(str(n), make(tmp_path / str(n), "folder", [[f"p{n}"]])) for n in range(50)]
    union = Union(mounts)
    for n in range(name_index.PATIENCE):
        union.find(f"/p{n}")
    asked: list[str] = []
    real = FolderLayer.find

    def find(self: FolderLayer, path: str) -> Any:
        asked.append(path)
        return real(self, path)

    monkeypatch.setattr(FolderLayer, "find", find)
    for n in range(50):
        found = union.find(f"/p{n}")
        assert found is not None
        assert found.name == str(n)
    assert union.find("/nothing") is None
    assert len(asked) == 50


def test_a_refreshed_folder_is_listed_again(tmp_path: Path) -> None:
    mounts = [Mount(str(n), make(tmp_path / str(n), "folder", [[f"p{n}"]])) for n in range(20)]
    union = Union(mounts)
    for _ in range(name_index.PATIENCE + 1):
        assert union.find("/new") is None
    (tmp_path / "7" / "f" / "new").touch()
    layer = mounts[7].layer
    assert isinstance(layer, FolderLayer)
    layer.refresh()
    found = union.find("/new")
    assert found is not None
    assert found.name == "7"
