"""Getting mods: what the sources offer, installing and removing, and files that are dropped on the page."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import time
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

from starlette.responses import Response

from vfsloader.distribution.installer import ModInstaller
from vfsloader.errors import BudgetError, PathNotFoundError, VFSError
from vfsloader.mods.getting import InstallPlan
from vfsloader.page.api.asking import Ask, BadRequestError, short
from vfsloader.page.api.mod_rows import MOST_ICON_PIXELS
from vfsloader.page.safe_files import picture_answer
from vfsloader.page.session import Session
from vfsloader.remote.addresses import redacted

_MOST_FOUND = 2000
_MOST_ICON_BYTES = 1 << 20
#: Seconds between two reports of how far a download is.
_REPORT_SECONDS = 0.1


def _installer(session: Session) -> ModInstaller:
    installer = session.mods.installer
    if not isinstance(installer, ModInstaller):  # a game may hand over its own
        raise VFSError("this game gets its mods by itself")
    return installer


def found(ask: Ask) -> dict[str, Any]:
    """Answer with what the sources offer."""
    installer = _installer(ask.session)
    offline = ask.flag("offline")
    indexes = ask.session.remember(f"indexes {offline}", lambda: installer.sources.indexes(offline=offline))
    rows = installer.search(ask.text("text", ""), offline=True)
    return {
        "total": len(rows),
        "rows": [
            {
                **dataclasses.asdict(row),
                "name": short(row.name),
                "summary": short(row.summary, 500),
                "source": short(redacted(row.source), 500),
                "tags": [short(tag, 50) for tag in row.tags],
            }
            for row in rows[:_MOST_FOUND]
        ],
        "warnings": [short(index.warning, 1000) for index in indexes if index.warning],
    }


def offer(ask: Ask) -> dict[str, Any]:
    """Answer with everything that the sources say about a mod."""
    facts = _installer(ask.session).info(ask.text("id"))
    return {
        "id": facts["id"],
        "name": short(facts["name"]),
        "summary": short(facts["summary"], 500),
        "description": _lines(facts.get("description", "")),
        "changelog": _lines(facts.get("changelog", "")),
        "license": short(facts.get("license", "")),
        "website": short(facts.get("website", ""), 500),
        "authors": [short(author, 100) for author in _list(facts.get("authors"))[:20]],
        "tags": [short(tag, 50) for tag in facts["tags"]],
        "source": short(redacted(facts["source"]), 500),
        "problem": short(facts.get("problem", ""), 500),
        "versions": [
            {"version": short(one["version"]), "size": one["size"], "withdrawn": short(one["withdrawn"] or "", 300)}
            for one in facts["versions"][:200]
        ],
    }


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _lines(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return "\n".join(short(line, 2000) for line in text[:20_000].splitlines())


def offer_icon(ask: Ask) -> Response:
    """Answer with the icon that a source has of a mod."""
    installer, wanted = _installer(ask.session), ask.text("id")
    for index in installer.sources.indexes(offline=True):
        row = index.mods.get(wanted)
        if row is not None and row.icon:
            data = installer.sources.read(index.source, row.icon, _MOST_ICON_BYTES)
            return picture_answer(data, row.icon, MOST_ICON_PIXELS)
    raise PathNotFoundError.at(wanted, f"no source has an icon of {short(wanted)}")


def sources(ask: Ask) -> list[dict[str, Any]]:
    """Answer with the sources."""
    return [
        {
            "address": short(redacted(source.address), 1000),
            "id": _source_id(source.address),
            "name": short(source.name),
            "keys": [key[:16] for key in source.keys],
        }
        for source in _installer(ask.session).sources
    ]


def _source_id(address: str) -> str:
    """Return a name of a source that has no secrets of its address in it."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _address(installer: ModInstaller, wanted: str) -> str:
    for source in installer.sources:
        if _source_id(source.address) == wanted:
            return source.address
    raise BadRequestError("there is no such source")


def change_source(ask: Ask) -> dict[str, Any]:
    """Add, remove or trust a source."""
    installer, what = _installer(ask.session), ask.text("what")
    if what == "add":
        address = ask.text("address").strip()
        address = address if "://" in address else str(Path(address).expanduser().absolute())
        key = ask.text("key", "").strip() or None
        installer.sources.add(address, key, trust=ask.flag("trust"))
    elif what == "remove":
        installer.sources.remove(_address(installer, ask.text("id")))
    elif what == "trust":
        installer.sources.trust(_address(installer, ask.text("id")))
    else:
        raise BadRequestError("a source can be added, removed or trusted")
    ask.session.changes += 1
    return {"done": True}


# --- installing --------------------------------------------------------------------------------------------


def plan(ask: Ask) -> dict[str, Any]:
    """Answer with what a change of the installed mods takes, before it is made."""
    made = _plan(ask.session, ask)
    return _plan_row(made)


def get(ask: Ask) -> dict[str, Any]:
    """Install, update or remove mods. What is downloaded is downloaded before the game notices anything."""
    session, made = ask.session, _plan(ask.session, ask)
    accepted = ask.query.get("accepted")
    if isinstance(accepted, list) and _is_answered(made, accepted):
        made = made.accepted()
    return _carry_out(session, made, ask.text("job", ""))


def _plan(session: Session, ask: Ask) -> InstallPlan:
    installer, what = _installer(session), ask.text("what")
    if what == "install":
        return installer.plan_install(_id_or_address(ask.text("source").strip()))
    if what == "update":
        ids = ask.query.get("ids")
        return installer.plan_update([str(one) for one in ids] if isinstance(ids, list) else None)
    if what == "remove":
        return session.on_game(lambda: installer.plan_remove(ask.text("mod")))
    if what == "undo":
        return installer.plan_undo()
    raise BadRequestError("mods can be installed, updated, removed or brought back")


def _id_or_address(source: str) -> str:
    """Return what to install. A page does not name files of the disk: they are dropped on it."""
    if "://" in source or re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,63}\s*([=<>!~].{0,100})?", source):
        return source
    raise BadRequestError("write the id of a mod or an https address, or drop a file on the page")


def _plan_row(made: InstallPlan) -> dict[str, Any]:
    return {
        "changes": [
            {**dataclasses.asdict(change), "source": short(redacted(change.source), 500)} for change in made.changes
        ],
        "notes": [short(note, 1000) for note in (*made.questions, *made.notes)],
        "questions": list(map(_name_of_question, made.questions)),
    }


def _name_of_question(question: str) -> str:
    """Return what a page says of a question that the player has answered with yes: only that very question."""
    return hashlib.sha256(question.encode()).hexdigest()


def _is_answered(made: InstallPlan, accepted: Collection[object]) -> bool:
    return all(_name_of_question(question) in accepted for question in made.questions)


def _carry_out(session: Session, made: InstallPlan, job: str) -> dict[str, Any]:
    installer = _installer(session)
    last = 0.0

    def progress(done: int, total: int, name: object) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > _REPORT_SECONDS or done >= total:
            last = now
            session.events.publish(
                {"type": "progress", "job": short(job, 40), "done": done, "total": total, "name": short(name)}
            )

    installer.fetch(made, progress)
    changes = session.change(lambda: installer.switch(made))
    session.changes += 1
    return {"done": True, "changes": [str(change) for change in changes], "notes": [short(n, 1000) for n in made.notes]}


async def receive(pieces: AsyncIterator[bytes], target: Path, most: int) -> None:
    """Write what a browser sends to a file.

    Raises
    ------
    BudgetError
        It sends more than a mod may have.
    """
    written = 0
    with open(target, "wb") as file:
        async for piece in pieces:
            written += len(piece)
            if written > most:
                raise BudgetError.at(
                    target.name, f"{target.name} has more than {most:,} bytes; see budget.decoded_bytes"
                )
            file.write(piece)


def upload_name(name: str) -> str:
    r"""Return the name under which a file that was dropped is kept: without folders, and short.

    Examples
    --------
    >>> upload_name("../../etc/passwd"), upload_name("C:\\mods\\Winter 1.2.zip"), upload_name("")
    ('passwd', 'Winter-1.2.zip', 'mod')
    """
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", last).strip(".-")[-100:] or "mod"


def install_file(session: Session, file: Path, job: str, accepted: Collection[str] = ()) -> dict[str, Any]:
    """Install a file that was dropped on the page, or answer with what the player has to say yes to first.

    Parameters
    ----------
    session
        The session.
    file
        The file.
    job
        What the page calls this.
    accepted
        The names of the questions that the player has answered with yes.
    """
    made = _installer(session).plan_install(file)
    if not _is_answered(made, accepted):
        return {"done": False, **_plan_row(made)}
    return _carry_out(session, made.accepted(), job)
