"""``pack publish``, ``pull`` and ``gc``: packs in buckets."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from typing import Annotated

from cyclopts import App, Parameter

from vfsloader import packs
from vfsloader.cli.app import Force, Json, Pack
from vfsloader.cli.output import answer
from vfsloader.cli.progress import progress_bar
from vfsloader.errors import PathExistsError
from vfsloader.remote.addresses import redacted
from vfsloader.remote.opening import published_at
from vfsloader.runtime.progress import Progress

Place = Annotated[str, Parameter(help="s3://bucket/prefix")]


def add_commands(app: App) -> None:
    """Add the commands."""
    for command in (publish, pull, gc):
        app.command(command)


def publish(
    pack: Pack,
    place: Place,
    /,
    *,
    single_writer: Annotated[bool, Parameter(help="nobody else publishes there")] = False,
    json: Json = False,
) -> int:
    """Put a pack into a bucket, sending only what is new there."""
    published = published_at(place, single_writer=single_writer)
    with progress_bar("publishing") as progress:
        report = packs.publish(pack, published, progress=_sizes_only(progress))
    text = f"{report.name}: state {report.number}, {report.size:,} bytes, of which {report.uploaded:,} were new"
    return answer(report, text, json=json)


def pull(
    place: Place,
    out: Annotated[str, Parameter(help="the file to write")],
    /,
    *,
    force: Force = False,
    json: Json = False,
) -> int:
    """Get a published pack as a file."""
    if os.path.exists(out) and not force:
        raise PathExistsError.at(out, f"{out} exists already; --force replaces it")
    with progress_bar("pulling") as progress:
        size = packs.pull(published_at(place), out, progress=_sizes_only(progress))
    return answer({"path": out, "size": size}, f"{out}: {size:,} bytes", json=json)


def gc(
    place: Place,
    /,
    *,
    hours: Annotated[float, Parameter(help="how long a reader may keep an older pack")] = 24,
    json: Json = False,
) -> int:
    """Remove what older published packs have left in a bucket."""
    removed = published_at(place).gc(datetime.timedelta(hours=hours))
    text = f"{redacted(place)}: {removed:,} objects removed"
    return answer({"place": redacted(place), "removed": removed}, text, json=json)


def _sizes_only(progress: Progress | None) -> Callable[[int, int], object] | None:
    return None if progress is None else (lambda done, total: progress(done, total, ""))
