"""The set as a whole: where the page stands, the history, the search for guilty mods, safe mode, and checking all."""

from __future__ import annotations

from typing import Any

from vfsloader.errors import VFSError
from vfsloader.mods.manager import ModManager
from vfsloader.mods.state import FILE
from vfsloader.mods.state_file import TRIAL_VARIABLE
from vfsloader.page.api.asking import Ask, BadRequestError, short
from vfsloader.page.session import Session


def state(ask: Ask) -> dict[str, Any]:
    """Answer with what every part of the page needs."""
    return state_of(ask.session)


def state_of(session: Session) -> dict[str, Any]:
    """Return what every part of the page needs."""

    def read() -> dict[str, Any]:
        mods = session.mods
        profile = mods.profiles[mods.profile]
        folder = mods.folder
        return {
            "game": short((folder.absolute().parent.name if folder is not None else "") or "game", 80),
            "folder": short(folder.absolute() if folder is not None else "", 1000),
            "profile": short(mods.profile),
            "profiles": [
                {"name": short(name), "mods": None, "disabled": len(one.disabled)}
                for name, one in sorted(mods.profiles.items())
            ],
            "undo": short(profile.history[0].get("what", "")) if profile.history else None,
            "redo": short(profile.undone[0].get("what", "")) if profile.undone else None,
            "revision": mods.revision,
            "enabled": len(mods.enabled),
            "search": _search(session),
            "safe": _safe(session),
        }

    known = session.on_game(read)
    return {
        **known,
        "read_only": session.read_only,
        "live": session.is_live,
        "can_get": session.mods.folder is not None,
    }


def history(ask: Ask) -> list[dict[str, Any]]:
    """Answer with the earlier sets of the profile, newest first."""
    session = ask.session
    past = session.on_game(session.mods.history)
    return [
        {"index": index, "when": short(change.when), "what": short(change.what, 1000)}
        for index, change in enumerate(past)
    ]


# --- which mod is guilty -----------------------------------------------------------------------------------


def bisect(ask: Ask) -> dict[str, Any]:
    """Start a search, answer one of its questions, or end it; answer with where it is."""
    session, verdict = ask.session, ask.text("verdict")

    def run() -> dict[str, Any]:
        mods, search = session.mods, session.search
        if verdict == "start":
            if search is not None:
                search.cancel()
            session.search = mods.bisect()
        elif search is None:
            raise VFSError("no search is running; start one")
        elif verdict == "cancel":
            search.cancel()
            session.search = None
        elif verdict in ("good", "bad", "skip"):
            getattr(search, verdict)()
        else:
            raise BadRequestError("the verdict must be good, bad or skip")
        if not session.is_live and session.search is not None and session.search.testing is not None:
            _write_trial(session, mods)
        return {"search": _search(session)}

    return session.on_game(run)


def _write_trial(session: Session, mods: ModManager) -> None:
    if session.trial is None:
        session.trial = session.new_folder() / FILE
    mods.write_trial(session.trial)


def _search(session: Session) -> dict[str, Any] | None:
    search = session.search
    if search is None:
        return None
    command = f"{TRIAL_VARIABLE}={session.trial}" if session.trial is not None and not session.is_live else ""
    return {
        "testing": None if search.testing is None else list(search.testing),
        "found": list(search.found),
        "absent": search.is_absence,
        "contradictory": search.is_contradictory,
        "trials": search.trials,
        "left": search.steps_left,
        "command": command,
    }


def _safe(session: Session) -> dict[str, Any] | None:
    safe = session.game.safe_start
    return None if safe is None else {"why": short(safe.why, 1000), "left_out": list(safe.left_out)}


def safe(ask: Ask) -> dict[str, Any]:
    """Decide what becomes of a start in safe mode."""
    session, choice = ask.session, ask.text("choice")

    def run() -> None:
        start = session.game.safe_start
        if start is None:
            raise VFSError("the game did not start in safe mode")
        if choice == "again":
            start.try_again()
        elif choice == "keep":
            start.keep_out()
        elif choice == "bisect":
            session.search = start.bisect()
        else:
            raise BadRequestError("the choice must be again, keep or bisect")

    session.change(run)
    return {"done": True}


# --- checking everything -----------------------------------------------------------------------------------


def check(ask: Ask) -> dict[str, Any]:
    """Check one mod, or what cannot be used as one, and answer with what its author should fix."""
    session, mod = ask.session, ask.text("id")
    findings = session.mods.check(mod)
    return {
        "id": short(mod),
        "findings": [
            {
                "kind": found.kind,
                "file": short(found.file, 1000),
                "key": short(found.key),
                "sentence": short(found.sentence, 1200),
                "note": found.is_note,
            }
            for found in findings[:500]
        ],
        "more": max(0, len(findings) - 500),
    }
