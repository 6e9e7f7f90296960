"""``pack publish``, ``pull`` and ``gc``: packs in buckets."""

from __future__ import annotations

import argparse
import datetime
import os
from collections.abc import Callable
from typing import Any

from vfsloader.cli.game import add_json_option
from vfsloader.cli.output import print_json, say
from vfsloader.cli.progress import progress_bar
from vfsloader.errors import PathExistsError
from vfsloader.packs.publish import publish, pull
from vfsloader.remote.addresses import redacted
from vfsloader.remote.opening import published_at
from vfsloader.runtime.progress import Progress


def add_commands(words: argparse._SubParsersAction[Any]) -> None:
    """Add the commands."""
    publishing = words.add_parser("publish", help="put a pack into a bucket, sending only what is new there")
    publishing.add_argument("pack", help="the pack")
    publishing.add_argument("place", help="s3://bucket/prefix")
    publishing.add_argument("--single-writer", action="store_true", help="nobody else publishes there")
    add_json_option(publishing)
    publishing.set_defaults(run=_publish)

    pulling = words.add_parser("pull", help="get a published pack as a file")
    pulling.add_argument("place", help="s3://bucket/prefix")
    pulling.add_argument("out", help="the file to write")
    pulling.add_argument("-f", "--force", action="store_true", help="replace a file that is there")
    pulling.set_defaults(run=_pull)

    collecting = words.add_parser("gc", help="remove what older published packs have left in a bucket")
    collecting.add_argument("place", help="s3://bucket/prefix")
    collecting.add_argument("--hours", type=float, default=24, help="how long a reader may keep an older pack (24)")
    collecting.set_defaults(run=_gc)


def _publish(chosen: argparse.Namespace) -> int:
    published = published_at(chosen.place, single_writer=chosen.single_writer)
    with progress_bar("publishing") as progress:
        report = publish(chosen.pack, published, progress=_sizes_only(progress))
    if chosen.json:
        print_json(report)
    else:
        say(f"{report.name}: state {report.number}, {report.size:,} bytes, of which {report.uploaded:,} were new")
    return 0


def _pull(chosen: argparse.Namespace) -> int:
    if os.path.exists(chosen.out) and not chosen.force:
        raise PathExistsError.at(chosen.out, f"{chosen.out} exists already; --force replaces it")
    with progress_bar("pulling") as progress:
        size = pull(published_at(chosen.place), chosen.out, progress=_sizes_only(progress))
    say(f"{chosen.out}: {size:,} bytes")
    return 0


def _gc(chosen: argparse.Namespace) -> int:
    removed = published_at(chosen.place).gc(datetime.timedelta(hours=chosen.hours))
    say(f"{redacted(chosen.place)}: {removed:,} objects removed")
    return 0


def _sizes_only(progress: Progress | None) -> Callable[[int, int], object] | None:
    return None if progress is None else (lambda done, total: progress(done, total, ""))
