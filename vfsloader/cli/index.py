"""``index``: making an index of mods that anybody can host as plain files."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader.cli.app import Json, group
from vfsloader.cli.getting_plans import Yes
from vfsloader.cli.mod_files import is_confirmed
from vfsloader.cli.output import BAD, GOOD, NOTE, answer, complain, print_json, print_table, say
from vfsloader.cli.progress import progress_bar
from vfsloader.distribution.build import BuildReport, IndexFolder, build_index, report
from vfsloader.distribution.check import check_index
from vfsloader.distribution.publish import publish_index
from vfsloader.distribution.review import FileChange, Review, review_file
from vfsloader.quoting import size_text
from vfsloader.runtime.progress import ignore_progress

Public = Annotated[str, Parameter(help="the folder that is published")]
IndexOption = Annotated[str, Parameter(("--index", "-i"), help="the folder that is published")]
SigningKeys = Annotated[
    list[str] | None, Parameter("--key", help="a private key to sign with; see vfsloader pack keygen", negative=())
]
File = Annotated[str, Parameter(help="a folder, zip or pack of one mod")]
Name = Annotated[str | None, Parameter(help="the name of the source (default: that of the folder)")]
NextKeys = Annotated[
    list[str] | None,
    Parameter("--next-key", help="a public key that signs from now on, while a key is exchanged", negative=()),
]

#: Files of a review that are shown to people.
_MOST_ROWS = 500


def add_commands(app: App) -> None:
    """Add the group of commands."""
    index = group("index", "Make an index of mods that any web server, bucket or folder can host.")
    for command in (build, check, review, add, withdraw, publish):
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


def review(file: File, /, *, index: IndexOption = "public", json: Json = False) -> int:
    """Show what a version of a mod changes. The exit status is 1 if something should be fixed in it."""
    shown = review_file(IndexFolder(index), Path(file))
    if json:
        print_json(shown)
    else:
        _show_review(shown)
    return int(bool(shown.findings or shown.warnings))


def add(
    file: File,
    /,
    *,
    index: IndexOption = "public",
    key: SigningKeys = None,
    next_key: NextKeys = None,
    yes: Yes = False,
    json: Json = False,
) -> int:
    """Show what a version of a mod changes, and add it to an index."""
    folder = IndexFolder(index)
    shown = review_file(folder, Path(file))
    if not json:
        _show_review(shown)
        if not yes and not is_confirmed(f"Add {shown.mod} {shown.version}?"):
            say("Nothing is added.")
            return 1
    new = folder.add(Path(file))
    done = report(folder, folder.publish(key or (), next_keys=next_key), [new] if new else [])
    if json:
        print_json({**dataclasses.asdict(done), "review": dataclasses.asdict(shown)})
        return int(bool(done.skipped))
    return _show(done, json=False)


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


def publish(
    public: Public,
    address: Annotated[str, Parameter(help="s3://bucket/some/prefix, with the credentials of the environment")],
    /,
    *,
    json: Json = False,
) -> int:
    """Put an index into a bucket: what is new there, and the head last."""
    with progress_bar("uploading") as progress:
        done = publish_index(public, address, progress or ignore_progress)
    text = f"{done.address}: version {done.version}, {done.uploaded:,} files sent ({size_text(done.size)})"
    return answer(done, f"{text}, {done.present:,} were there", json=json)


def _show_review(shown: Review) -> None:
    say(f"{shown.mod} {shown.version}" + (f", compared with {shown.old}" if shown.old else ", a new mod"))
    if shown.changes:
        listed = shown.changes[:_MOST_ROWS]
        styles = [GOOD if change.old is None else BAD if change.new is None else "" for change in listed]
        print_table(("FILE", "BYTES"), [(change.path, _sizes(change)) for change in listed], styles)
        if left := len(shown.changes) - len(listed):
            say(f"and {left:,} more; --json lists them all")
    else:
        say("No file differs.")
    for change in shown.changes:
        for line in change.lines:
            say(line, {"+": GOOD, "-": BAD}.get(line[:1], ""))
    for finding in shown.findings:
        say(finding, NOTE)
    for warning in shown.warnings:
        say(warning, BAD)


def _sizes(change: FileChange) -> str:
    if change.old is None:
        return f"{change.new:,}, added"
    return f"{change.old:,}, removed" if change.new is None else f"{change.old:,} -> {change.new:,}"


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
