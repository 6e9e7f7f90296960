"""Manifests that try to stop the game: each costs its own mod only, and is reported in a sentence that can be shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mods.making import add
from vfsloader import ModManager
from vfsloader.errors import ConfigError, ManifestError
from vfsloader.mods import messages
from vfsloader.mods.lint.check import check_mod
from vfsloader.mods.metadata.manifest import MAX_PATTERN, MAX_PATTERNS, MAX_RULES, parse_manifest
from vfsloader.mods.profile_files import read_profile

TOP = 'id = "me"\nname = "me"\nversion = "1"\n'
MANY = ",".join(map(str, range(80_000)))
#: What a mod's manifest says, and what the problem must mention.
HOSTILE = {
    "a number of 3,600 digits": ("mod.toml", TOP + "description = 0x" + "f" * 3600, "digits"),
    "a number of 900 digits": ("mod.toml", TOP + "description = 0x" + "f" * 900, "a number of 3600 bits"),
    "a decimal number of 5,000 digits": ("mod.json", '{"id": ' + "9" * 5000 + "}", "digits"),
    "a schema of 900 digits": ("mod.toml", TOP + "schema = 0x" + "f" * 900, "schema: a number of 3600 bits"),
    "a long list": ("mod.toml", TOP + "description = [" + "1," * 300_000 + "]", "a list of 300000"),
    "a key of 30,000 parts": ("mod.toml", TOP + "a." * 30_000 + "b = 1", "dotted key"),
    "a table of 30,000 parts": ("mod.toml", TOP + "[" + "a." * 30_000 + "b]\nc = 1", "dotted key"),
    "a quoted key of many parts": ("mod.toml", TOP + '"a".' * 30_000 + "b = 1", "dotted key"),
    "an inline key of many parts": ("mod.toml", TOP + "custom = {" + "a." * 30_000 + "b = 1}", "dotted key"),
    "a deep list": ("mod.toml", TOP + "custom = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
    "a deep table": ("mod.json", '{"a":' * 5000 + "1" + "}" * 5000, "nested too deeply"),
    "many values": ("mod.json", "[" + "[]," * 340_000 + "[]]", "a manifest must be a table"),
    "a string without an end": ("mod.toml", TOP + 'custom.a = """' + '\\"""' * 200_000, "mod.toml: "),
    "quotes of all kinds": ("mod.toml", TOP + "custom.a = " + "\"\"\"\\\"'''" * 100_000, "mod.toml: "),
    "a long name": ("mod.json", json.dumps({"id": "me", "name": "n" * 4000, "version": "1"}), "at most 200 characters"),
    "a long description": ("mod.toml", TOP + f'description = "{"d" * 20_000}"', "at most 10,000 characters"),
    "a long author": ("mod.toml", TOP + f'authors = ["{"d" * 20_000}"]', "at most 200 characters"),
    "many authors": ("mod.toml", TOP + "authors = [" + '"a",' * 2000 + "]", "at most 1,000 members"),
    "an id with a surrogate": ("mod.json", '{"id": "a\\ud800b", "name": "me", "version": "1"}', "id: 'a\\ud800b' is"),
    "an id with an escape": ("mod.json", '{"id": "a\\u001b[31m", "name": "me", "version": "1"}', "id: 'a\\x1b[31m' is"),
    "a key with an escape": ("mod.json", '{"\\u001b[2J": 1}', "\\x1b[2J: there is no such key"),
    "a key of a megabyte": ("mod.json", json.dumps({"k" * 1_000_000: 1}), "there is no such key"),
    "many patterns": ("mod.json", json.dumps({"files": {"remove": ["/a"] * 501}}), "at most 500 members"),
    "a long pattern": ("mod.json", json.dumps({"files": {"remove": ["/" + "*" * 500]}}), "at most 500 characters"),
    "many rules": ("mod.json", json.dumps({"requires": {f"m{n}": "*" for n in range(1001)}}), "at most 1,000 members"),
    "many names in a list": ("mod.json", json.dumps({"order": {"after": ["mm"] * 1001}}), "at most 1,000 members"),
    "a version of a megabyte": ("mod.json", json.dumps({"version": "1" * 1_000_000}), "is not a version"),
    "a luanti mod that names many": (
        "mod.conf", f"name = me\ndepends = {MANY}\noptional_depends = {MANY}", "at most 1,000"
    ),
    "a luanti mod that names an escape": ("mod.conf", "name = me\ndepends = a\x1b[31m", "'a\\x1b[31m' is not a mod"),
}  # fmt: skip
_READ = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from vfsloader import ModManager
manager = ModManager(sys.argv[1])
(problem,) = manager.problems
assert [mod.id for mod in manager.enabled] == ["good"], manager.enabled
print(problem.kind, problem)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system cannot limit the CPU time of a process")
@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_manifest_costs_its_own_mod_only(case: str, tmp_path: Path) -> None:
    marker, text, part = HOSTILE[case]
    add(tmp_path, "good")
    (tmp_path / "me").mkdir()
    (tmp_path / "me" / marker).write_text(text, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", _READ, str(tmp_path)], capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    kind, sentence = run.stdout.rstrip("\n").split(" ", 1)
    assert kind == "manifest"
    assert part in sentence
    assert sentence.isprintable()
    assert len(sentence) < 2500


@pytest.mark.parametrize("name", ["a\ud800b", "a\x1b[31mb", "a\u202eb", "a\nb", "a\x00b"])
def test_names_of_mods_can_be_shown(name: str, tmp_path: Path) -> None:
    path = add(tmp_path, "me")
    table = {"id": "me", "name": name, "version": "1", "description": f"1\n2\t{name}", "authors": [name]}
    (path / "mod.json").write_text(json.dumps(table))
    (mod,) = ModManager(tmp_path).enabled
    assert mod.name.isprintable()
    assert mod.name.encode().startswith(b"a\\")
    assert mod.authors == (mod.name,)
    assert mod.description.startswith("1\n2\ta")
    mod.description.encode()


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="this system allows only Unicode names")
@pytest.mark.parametrize("folder", [b"bad-\xff\xfe", b"esc-\x1b[31m", b"line-\nbreak"])
def test_names_of_folders_can_be_shown(folder: bytes, tmp_path: Path) -> None:
    os.mkdir(os.path.join(os.fsencode(tmp_path), folder))
    (mod,) = ModManager(tmp_path).enabled
    assert mod.name.isprintable()
    mod.name.encode()
    with open(os.path.join(os.fsencode(tmp_path), folder, b"mod.toml"), "w") as file:
        file.write("x")
    (problem,) = ModManager(tmp_path).problems
    assert str(problem).isprintable()
    assert problem.mod.isprintable()
    (finding,) = check_mod(Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), folder))))
    assert str(finding).isprintable()


def test_what_real_mods_write_is_still_read() -> None:
    text = "Ünï 日本語 👩‍🚀 «quotes»"
    manifest = parse_manifest(
        {
            "id": "me",
            "name": text,
            "version": "1",
            "description": f"{text}\n\n- one\n- two",
            "files": {"remove": [f"/a/{n}.png" for n in range(MAX_PATTERNS)]},
            "requires": {f"m{n}": "*" for n in range(MAX_RULES)},
        },
        "me",
    )
    assert (manifest.name, manifest.description) == (text, f"{text}\n\n- one\n- two")
    assert len(manifest.remove) == MAX_PATTERNS < len(manifest.requires) == MAX_RULES
    assert MAX_PATTERN >= 255


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(16**5000, id="huge"),
        pytest.param(-(16**5000), id="huge and negative"),
        [[]] * 1000,
        {"a": 1},
        pytest.param("\ud800\x1b", id="raw"),
        float("inf"),
        None,
        b"x",
    ],
)
def test_no_fact_makes_a_sentence_fail(value: Any) -> None:
    sentence = messages.fill("{value} {value!r} {value:.100}", value=value)
    assert sentence.isprintable()
    assert len(sentence) < 3000
    assert str(messages.problem("refused", "me", path=value, reason=value)).isprintable()


def test_an_error_whose_text_cannot_be_made_does_no_harm() -> None:
    class LyingError(Exception):
        def __str__(self) -> str:
            raise ValueError("no text")

    assert messages.fill("{error}", error=LyingError()) == "a LyingError"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    add(tmp_path, "good")
    (tmp_path / "me").mkdir()
    os.mkfifo(tmp_path / "me" / "mod.toml")
    (tmp_path / "linked").mkdir()
    os.mkfifo(tmp_path / "linked" / "pipe")
    (tmp_path / "linked" / "mod.json").symlink_to("pipe")
    os.mkfifo(tmp_path / "pipe.zip")
    os.mkfifo(tmp_path / "pipe.txt")
    run = subprocess.run(
        [sys.executable, "-c", "import sys, vfsloader; m = vfsloader.ModManager(sys.argv[1]);"
         "print([x.id for x in m.enabled], sorted((p.kind, p.mod) for p in m.problems))", str(tmp_path)],
        capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    expected = [("unreadable", "linked"), ("unreadable", "me"), ("unreadable", "pipe.zip")]
    assert run.stdout.strip() == f"['good'] {expected}"


@pytest.mark.parametrize(
    "data",
    [
        b'{"format": "vfsloader profile", "version": 1e400}',
        b'{"format": "vfsloader profile", "version": ' + b"9" * 900 + b"}",
        b'{"format": "vfsloader profile", "version": 1, "name": "x", "mods": [' + b"[" * 150 + b"]" * 150 + b"]}",
        b"[" * 100_000,
        b"[" + b"[]," * 2_000_000 + b"[]]",
    ],
)
def test_a_hostile_profile_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError) as caught:
        read_profile(data, "p.json")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_a_wrong_manifest_names_its_file_on_one_line() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest({"id": "me", "name": "me", "version": "1", "\x1b[2J\ud800": 1}, "me/mod.toml")
    assert str(caught.value).isprintable()
