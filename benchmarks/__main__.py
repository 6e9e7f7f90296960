"""``make bench``: prints one table; ``python -m benchmarks NAME …`` measures a part of it.

``python -m benchmarks plot`` draws the picture in docs/speed.md out of the rows that are printed there.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    adopting,
    budgets,
    edits,
    getting,
    joining,
    kept,
    many_mods,
    memory,
    mods,
    packs,
    page,
    pictures,
    plot,
    reading,
    remote,
    sets,
    streaming,
    web,
)
from benchmarks.timing import Row

PARTS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "streaming": streaming.rows,
    "reading": reading.rows,
    "live": reading.live_rows,
    "small-packs": reading.pack_rows,
    "trees": reading.tree_rows,
    "mods": mods.rows,
    "sets": sets.rows,
    "many-mods": many_mods.rows,
    "budgets": budgets.rows,
    "packs": packs.rows,
    "remote": remote.rows,
    "memory": memory.rows,
    "collections": kept.rows,
    "pictures": pictures.rows,
    "web": web.rows,
    "page": page.rows,
    "edits": edits.rows,
    "adopting": adopting.rows,
    "getting": getting.rows,
    "joining": joining.rows,
}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, "plot", []], help="what to measure (default: everything), or plot"
    )
    chosen = parser.parse_args()
    if chosen.parts == ["plot"]:
        plot.main()
        return 0
    print(f"{'ours':<58} {'against':<34} {'measured':<20} {'wanted':<15}")
    missed = 0
    for name in chosen.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="vfsloader-bench-", dir=os.environ.get("BENCH_DIR")) as folder:
            for row in PARTS[name](Path(folder)):
                print(row, flush=True)
                missed += not row.good
    print(f"{missed} missed" if missed else "all as wanted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
