"""The modder's guide: it says what the game's files are, and nothing in a name becomes markup."""

from __future__ import annotations

import json
import re
import shutil
import wave
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vfsloader.cli import main
from vfsloader.errors import ConfigError, PathExistsError, PathNotFoundError
from vfsloader.guide import build_guide, html, markdown
from vfsloader.guide.document import Code, Emphasis, Items, Link, Listing, Note, Page, Paragraph, Strong, Table, say
from vfsloader.guide.shapes import data_rows, schema_rows
from vfsloader.quoting import plain

_ROOT = Path(__file__).parents[2]
EVIL = "<img src=x onerror=alert(1)>"
#: Every tag and attribute that a page may have.
TAGS = {
    *("html", "head", "meta", "title", "link", "script", "body", "header", "nav", "main", "footer", "h1", "h2", "h3"),
    *("a", "b", "p", "span", "code", "strong", "em", "img", "figure", "figcaption", "pre", "div", "ul", "ol", "li"),
    *("table", "thead", "tbody", "tr", "th", "td", "label", "input", "output", "button"),
}
ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "rel", "href", "src", "defer", "class", "type", "hidden"),
    *("aria-label", "aria-hidden", "aria-current", "id", "alt", "width", "height", "loading", "tabindex", "scope"),
    *("data-header", "autocomplete"),
}
GAME = """
base = "assets"
mods = "mods"
game_version = "2.1"

[context]
season = ["winter", "summer"]
depth = { type = "int", min = 0, max = 9, label = "How deep the snow is" }

[[registry]]
files = "/data/items/*.json"
schema = "item.json"
references = { "/drops/*" = "items", "/icon" = "/icons/{}.png" }

[[data]]
files = "/data/balance.json"
schema = { properties = { speed = { type = "number", minimum = 0, description = "In tiles a second" } } }

[guide]
name = "Moon & <b>Moth</b>"
about = "First words.\\n\\nSee `/data`."
color = "#20a060"
picture = "/sprites/hero.png"
example = "/sprites/hero.png"
mods = ["snow"]
hide = ["/secret/**"]
website = "https://example.org/moth"

[guide.notes]
"/sprites/*.png" = "Drawn at twice its size."
"""


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guide") / "game"
    files: dict[str, object] = {
        "assets/data/balance.json": {"speed": 3},
        "assets/data/items/bow.json": {"id": "bow", "damage": 2, "icon": "bow"},
        "assets/data/prices.csv": "id,price\nbow,3\n",
        f"assets/data/{EVIL.replace('/', '')}.json": {EVIL: {"a": EVIL}, "b": {"a": 2}},
        "assets/sprites/hero.json": {"frames": {"walk1": _frame(0), "walk2": _frame(8)}},
        "assets/secret/end.txt": "no",
        "assets/tl/fi/title.txt": "Kuu",
        "item.json": {
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "string"}, "damage": {"type": "integer", "minimum": 0, "maximum": 50}},
        },
        "game.toml": GAME,
        "mods/snow/mod.toml": f"id = 'snow'\nname = '{EVIL}'\nversion = '1'\ndescription = '[a](javascript:x)'\n"
        "[options.deep]\ntype = 'bool'\nlabel = '<script>'\n",
        "mods/other/mod.toml": "id = 'other'\nname = 'Other'\nversion = '1'\n",
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    for name, size in (("hero", (16, 8)), ("wide", (300, 60)), ('"on click=x" ', (4, 4))):
        Image.new("RGBA", size, "red").save(folder / f"assets/sprites/{name}.png")
    with wave.open(str(folder / "assets/beep.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(8000))
    shutil.copytree(_ROOT / "demo_game/assets/maps", folder / "assets/maps")
    return folder


def _frame(x: int) -> dict[str, object]:
    return {"frame": {"x": x, "y": 0, "w": 8, "h": 8}}


@pytest.fixture(scope="module")
def pages(game: Path) -> dict[str, str]:
    made = build_guide(game / "game.toml", game.parent / "out")
    assert made.name == "Moon & <b>Moth</b>"
    return {name: (game.parent / "out" / name).read_text("utf-8") for name in made.pages}


class _Tags(HTMLParser):
    """Collects the tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        self.anchors |= {value for name, value in attrs if name == "id" and value}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_it_says_what_the_files_are(pages: dict[str, str]) -> None:
    files = _Tags(pages["files.html"]).text
    for fact in ("/sprites/hero.png", "16 x 8 pixels", "2 frames: walk1, walk2", "300 x 60 pixels", "0.5 seconds",
                 "30 x 19 tiles", "Drawn at twice its size.", "layers: ground (tiles)", "files for fi."):  # fmt: skip
        assert fact in files
    assert "secret" not in files
    assert "sprites/hero.json" not in _Tags(pages["data.html"]).text
    data = _Tags(pages["data.html"]).text
    for fact in ("Items: items", "at least 0; at most 50", "text, needed", "The game has: bow.", "a part of the path",
                 "In tiles a second", "the columns id, price"):  # fmt: skip
        assert fact in data
    conditions = _Tags(pages["conditions.html"]).text
    for fact in ("This game is version 2.1.", "winter, summer", "whole number from 0 to 9", "How deep the snow is"):
        assert fact in conditions
    assert "snow, version 1" in _Tags(pages["mods.html"]).text
    assert "Other" not in _Tags(pages["mods.html"]).text
    assert "my-first-mod/sprites/hero.png" in _Tags(pages["index.html"]).text


def test_names_of_strangers_are_text_and_nothing_is_fetched(pages: dict[str, str], game: Path) -> None:
    out = game.parent / "out"
    found = {name: _Tags(page) for name, page in pages.items()}
    for name, page in found.items():
        assert page.tags <= TAGS, name
        assert page.attributes <= ATTRIBUTES, name
        for link in page.links:
            target, _, anchor = link.partition("#")
            if link == "https://example.org/moth":
                continue
            assert not target or (out / target).is_file(), link
            assert not anchor or anchor in found[target or name].anchors, link
        assert "default-src 'none'" in pages[name]
    assert EVIL in found["mods.html"].text
    assert EVIL in found["data.html"].text
    assert "<b>Moth</b>" in found["index.html"].text
    assert not re.search(r"https?:|url\(|@import", (out / "style.css").read_text())
    assert not re.search(r"https?:|fetch|import", (out / "script.js").read_text())


def test_the_manifest_that_a_reader_copies_is_valid(pages: dict[str, str], game: Path, tmp_path: Path) -> None:
    """The listings of the first page and of the format make a mod in which nothing is to be fixed."""
    mod = game / "mods" / "my-first-mod"
    mod.mkdir()
    listings = re.findall(
        r"<figcaption>([^<]*)</figcaption><pre[^>]*><code>(.*?)</code>", pages["index.html"], re.DOTALL
    )
    ((name, text),) = listings
    assert name == "my-first-mod/mod.toml"
    (mod / "mod.toml").write_text(text.replace("&quot;", '"'))
    (mod / "sprites").mkdir()
    Image.new("RGBA", (16, 8), "blue").save(mod / "sprites/hero.png")
    assert main(["mods", "check", "my-first-mod", "--game", str(game)]) == 0
    shutil.rmtree(mod)


def test_markdown_escapes_names(game: Path, tmp_path: Path) -> None:
    assert main(["docs", str(tmp_path / "wiki"), "--markdown", "--no-pictures", "--game", str(game)]) == 0
    text = (tmp_path / "wiki/mods.md").read_text("utf-8")
    assert r"\<img src=x onerror=alert\(1\)\>" in text
    assert r"\[a\]\(javascript:x\)" in text
    assert not (tmp_path / "wiki/pictures/0.png").exists()


def test_only_a_guide_is_replaced(game: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["docs", str(out), "--game", str(game), "--name", "Moth", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "Moth"
    with pytest.raises(PathExistsError, match="already exists"):
        build_guide(game, out)
    build_guide(game, out, overwrite=True)
    saves = tmp_path / "saves"
    saves.mkdir()
    (saves / "slot.json").write_text("{}")
    with pytest.raises(PathExistsError, match="not a guide"):
        build_guide(game, saves, overwrite=True)
    assert (saves / "slot.json").is_file()
    with pytest.raises(PathNotFoundError, match="there is no folder"):
        build_guide(game, tmp_path / "no" / "out")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "saves"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('nmae = "x"', "did you mean 'name'"),
        ("name = 3", "name: this must be text"),
        ('picture = "hero.png"', "must start with /"),
        ('color = "red; }"', "is not a color"),
        ('website = "javascript:x"', "must start with https"),
        ('hide = "/x"', "must be a list"),
        ("notes = { '/x' = 1 }", "must be a table"),
        ("notes = { 'x' = 'y' }", "must start with /"),
        ('mods = ["snwo"]', "there is no mod 'snwo'"),
        ('picture = "/none.png"', "is not a PNG"),
    ],
)
def test_a_wrong_key_is_named(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "game.toml").write_text(f'base = "assets"\n[guide]\n{line}\n')
    with pytest.raises((ConfigError, PathNotFoundError), match=message):
        build_guide(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_game_without_anything_has_a_guide(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/broken.png").write_bytes(b"no picture")
    (tmp_path / "assets/broken.json").write_text("{")
    (tmp_path / "game.toml").write_text('base = "assets"')
    made = build_guide(tmp_path, tmp_path / "out")
    assert made.name == tmp_path.name
    assert "/broken.png" in (tmp_path / "out/files.html").read_text()


HOSTILE = (
    st.text("<>&\"'`[]()*|/:;!-= \nbjs", max_size=30) | st.sampled_from([EVIL, "javascript:b", "https:b"]) | st.text()
)


@given(HOSTILE, HOSTILE)
def test_any_text_stays_text(text: str, other: str) -> None:
    words = [text, Code(other), Strong(text), Emphasis(other), Link(text, other)]
    page = Page("index", text, words)
    page.section(text)
    page.blocks += [
        Paragraph(words),
        Note(words),
        Items([words]),
        Listing(text, other),
        Table([text], [[words]], other),
    ]
    found = _Tags(html.render_page(page, [page], other))
    assert found.tags <= TAGS
    assert found.attributes <= ATTRIBUTES
    shown = plain(text, 1000)
    assert found.text.count(shown) >= 6
    for link in found.links:
        assert not re.match(r"\s*(javascript|data|vbscript|//)", link, re.IGNORECASE)
    assert "<script>" not in markdown.render_page(page).replace(f"`{other}`", "").replace(f"```\n{shown}", "")


def test_values_are_not_read_as_marks() -> None:
    assert say("{name} is `x`", name="`[a](b)`") == ["`[a](b)`", " is ", Code("x")]


def test_shapes() -> None:
    schema = {
        "$ref": "#/$defs/item",
        "$defs": {
            "item": {
                "type": "object",
                "properties": {
                    "next": {"anyOf": [{"$ref": "#/$defs/item"}, {"type": "null"}]},
                    "kind": {"enum": ["a", "b"]},
                    "size": {"type": ["integer", "string"], "default": 3},
                    "tags": {"type": "array", "items": {"type": "string", "maxLength": 5}},
                },
            }
        },
    }
    rows = {row.pointer: row for row in schema_rows(schema)}
    assert rows["/kind"].values == "a, b"
    assert rows["/size"][1:3] == ("whole number or text", "3 if left out")
    assert rows["/tags/*"].values == "at most 5 characters"
    assert "/next/next/kind" in rows  # a schema that refers to itself ends
    assert schema_rows({"$ref": "#"}) == []
    assert [row.pointer for row in data_rows([{"a": 1}, {"a": True, "b": None}])] == ["/*", "/*/a", "/*/b"]
