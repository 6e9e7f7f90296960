"""``index``: making an index of mods that anybody can host as plain files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Json, group
from vfsloader.cli.output import BAD, GOOD, NOTE, answer, complain, print_json, say
from vfsloader.distribution.build import BuildReport, IndexFolder, build_index, report
from vfsloader.distribution.check import check_index

Public = Annotated[str, Parameter(help="the folder that is published")]
IndexOption = Annotated[str, Parameter(("--index", "-i"), help="the folder that is published")]
SigningKeys = Annotated[
    list[str] | None, Parameter("--key", help="a private key to sign with; see vfsloader pack keygen", negative=())
]
Name = Annotated[str | None, Parameter(help="the name of the source (default: that of the folder)")]
NextKeys = Annotated[
    list[str] | None,
    Parameter("--next-key", help="a public key that signs from now on, while a key is exchanged", negative=()),
]


def add_commands(app: App) -> None:
    """Add the group of commands."""
    index = group("index", "Make an index of mods that any web server, bucket or folder can host.")
    for command in (build, check, add, withdraw):
        index.command(command)
    app.command(index)


def build(
    mods: Annotated[str, Parameter(help="the folder of mods: folders, zips and packs, several versions of each")],
    public: Public,
    /,
    *,
    key: SigningKeys = None,
    name: Name = None,
    json: Json = False,
) -> int:
    """Make an index of a folder of mods, or add what is new. The exit status is 1 if something is not a mod."""
    return _show(build_index(mods, public, key or (), name=name), json=json)


def check(
    public: Public,
    /,
    *,
    key: Annotated[str | None, Parameter(help="the public key that must have signed it")] = None,
    json: Json = False,
) -> int:
    """Check that an index is whole and signed."""
    wrong = check_index(public, key)
    if json:
        print_json({"index": public, "problems": wrong})
    else:
        for sentence in wrong:
            say(sentence, BAD)
        if not wrong:
            say(f"{public}: nothing is wrong", GOOD)
    return int(bool(wrong))


def add(
    file: Annotated[str, Parameter(help="a folder, zip or pack of one mod")],
    /,
    *,
    index: IndexOption = "public",
    key: SigningKeys = None,
    next_key: NextKeys = None,
    json: Json = False,
) -> int:
    """Add one version of a mod to an index."""
    folder = IndexFolder(index)
    new = folder.add(Path(file))
    return _show(report(folder, folder.publish(key or (), next_keys=next_key), [new] if new else []), json=json)


def withdraw(
    mod: Annotated[str, Parameter(help="the mod's id")],
    version: Annotated[str, Parameter(help="the version")],
    /,
    *,
    reason: Annotated[str, Parameter(help="why; players who have it are told")],
    index: IndexOption = "public",
    key: SigningKeys = None,
    json: Json = False,
) -> int:
    """Withdraw a version: nobody installs it any more, and who has it learns why."""
    folder = IndexFolder(index)
    folder.withdraw(mod, version, reason)
    head, _ = folder.publish(key or ())
    return answer({"mod": mod, "version": version, "index": head.version}, f"{mod} {version} is withdrawn", json=json)


def _show(done: BuildReport, *, json: bool) -> int:
    if json:
        print_json(done)
        return int(bool(done.skipped))
    for sentence in done.skipped:
        complain(sentence, NOTE)
    for new in done.added:
        say(f"added {new}")
    signed = "signed" if done.signed else "not signed; pass --key to sign it"
    changed = "" if done.changed else ", nothing changed"
    say(f"{done.folder}: {done.mods} mods, {done.versions} versions, {signed}{changed}", GOOD)
    return int(bool(done.skipped))
