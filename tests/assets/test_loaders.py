"""Assets, loaders of functions and of handles, and the loaders of suffixes."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from vfsloader import Asset, Loader
from vfsloader.assets import loader as loaders
from vfsloader.assets.loader import FunctionLoader, Handle, HandleLoader, loader_of, register_loader
from vfsloader.errors import InvalidPathError

MAP = Asset("/maps/town.tmx", b"<map/>", "base", lambda path: path.encode(), lambda: "/tmp/town.tmx")


def test_an_asset_is_its_bytes() -> None:
    with MAP.open() as file:
        assert (file.read(), MAP.name) == (b"<map/>", "town.tmx")


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("tiles.png", "/maps/tiles.png"),
        ("./sub/tiles.png", "/maps/sub/tiles.png"),
        ("../tiles.png", "/tiles.png"),
        ("/tiles.png", "/tiles.png"),
        ("/a/../tiles.png", "/tiles.png"),
    ],
)
def test_a_path_is_relative_to_the_assets_folder(path: str, whole: str) -> None:
    assert (MAP.resolve(path), MAP.read(path)) == (whole, whole.encode())


def test_a_path_that_leaves_the_tree_is_refused() -> None:
    with pytest.raises(InvalidPathError):
        MAP.read("../../x")


def test_an_asset_of_a_manager_has_a_real_file() -> None:
    assert MAP.real_path() == "/tmp/town.tmx"


@pytest.mark.parametrize("use", [lambda asset: asset.read("x"), lambda asset: asset.real_path()])
def test_an_asset_without_a_manager_says_so(use: Any) -> None:
    with pytest.raises(LookupError, match="/a was not loaded by a manager"):
        use(Asset("/a", b"", "base"))


def test_an_asset_is_described_by_its_path_size_and_layer() -> None:
    assert repr(MAP) == "Asset('/maps/town.tmx', 6 bytes, layer='base')"


# --- functions -----------------------------------------------------------------------------------------


def upper(asset: Asset, **options: Any) -> tuple[bytes, dict[str, Any]]:
    return asset.data.upper(), options


def test_a_function_is_called_with_the_asset_and_the_options() -> None:
    loader = FunctionLoader(upper)
    decoded = loader.decode(MAP, size=3)
    assert decoded == (b"<MAP/>", {"size": 3})
    assert loader.build(decoded, size=3) is decoded


def test_two_loaders_of_one_function_are_equal() -> None:
    assert FunctionLoader(upper) == FunctionLoader(upper)
    assert hash(FunctionLoader(upper)) == hash(FunctionLoader(upper))


def test_loaders_of_two_functions_differ() -> None:
    assert FunctionLoader(upper) != FunctionLoader(len)
    assert FunctionLoader(upper) != upper


def test_a_loader_is_as_large_as_the_file_and_keeps_nothing_on_disk() -> None:
    loader = FunctionLoader(upper)
    assert (loader.size_of(None, 77), loader.cache_key()) == (77, "")


# --- handles -------------------------------------------------------------------------------------------


class Scaled(Loader[str]):
    """Makes a text of everything that it is called with."""

    meta_options: ClassVar[dict[str, type]] = {"scale": int}

    def decode(self, asset: Asset, **options: Any) -> str:
        return f"{asset.data.decode()}:{options}"

    def build(self, decoded: str, **options: Any) -> str:
        return f"built {decoded} {options}"

    def replace(self, resource: str, decoded: str, **options: Any) -> str:
        return f"{resource} replaced by {decoded} {options}"

    def size_of(self, decoded: str, asset_bytes: int) -> int:
        return len(decoded) * 1000 + asset_bytes


def test_a_handle_is_made_by_the_other_loader_with_its_options() -> None:
    loader, asset = HandleLoader(Scaled()), Asset("/a", b"x", "base")
    handle = loader.build(loader.decode(asset, scale=2), scale=2)
    assert (handle.path, handle.value) == ("/a", "built x:{'scale': 2} {'scale': 2}")


def test_a_handle_stays_and_its_value_is_replaced() -> None:
    loader, handle = HandleLoader(Scaled()), Handle("/a", "old")
    assert loader.replace(handle, ("/a", "new"), scale=3) is handle
    assert handle.value == "old replaced by new {'scale': 3}"


def test_a_plain_loader_replaces_by_building_with_the_options() -> None:
    class Plain(Loader[Any]):
        def decode(self, asset: Asset, **options: Any) -> Any:
            return None

        def build(self, decoded: Any, **options: Any) -> Any:
            return decoded, options

    assert Plain().replace("old", "new", scale=3) == ("new", {"scale": 3})


def test_a_handle_takes_the_options_and_the_size_of_its_loader() -> None:
    loader = HandleLoader(Scaled())
    assert (loader.meta_options, loader.size_of(("/a", "abc"), 5)) == ({"scale": int}, 3005)


def test_handles_of_one_loader_are_equal() -> None:
    assert HandleLoader(FunctionLoader(upper)) == HandleLoader(FunctionLoader(upper))
    assert hash(HandleLoader(FunctionLoader(upper))) == hash(HandleLoader(FunctionLoader(upper)))


def test_handles_of_two_loaders_differ() -> None:
    assert HandleLoader(FunctionLoader(upper)) != HandleLoader(FunctionLoader(len))
    assert HandleLoader(FunctionLoader(upper)) != FunctionLoader(upper)


def test_a_handle_is_described_by_its_path_and_value() -> None:
    assert repr(Handle("/a", 3)) == "Handle('/a', 3)"


# --- suffixes ------------------------------------------------------------------------------------------


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Loader[Any]:
    monkeypatch.setattr(loaders, "_BY_SUFFIX", {})
    loader = Scaled()
    register_loader(loader, ".PNG", ".jpg")
    return loader


@pytest.mark.parametrize("path", ["/a.png", "/A.PNG", "/d.x/a.b.jpg", "/.png"])
def test_a_suffix_has_its_loader_in_any_case(registered: Loader[Any], path: str) -> None:
    assert loader_of(path) is registered


@pytest.mark.parametrize("path", ["/a.ogg", "/png", "/a.png.bak", "/d.png/a", "/apng"])
def test_other_names_have_no_loader(registered: Loader[Any], path: str) -> None:
    assert loader_of(path) is None
