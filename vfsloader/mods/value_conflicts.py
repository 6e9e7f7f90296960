"""Which values of data files several mods set, and what comes of it: the inside of who overrides whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from vfsloader import paths
from vfsloader.datamerge.formats import JSON, LINES, kind_of
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, read_all
from vfsloader.datamerge.merge import Merged
from vfsloader.errors import PathNotFoundError, ResourceError
from vfsloader.layers.union import Mount, Union
from vfsloader.mods.messages import Problem, problem


def read_shared(mounts: Sequence[Mount], overridden: Collection[str]) -> dict[str, Merged]:
    """Read every data file in which several layers have a part.

    Parameters
    ----------
    mounts
        The layers, lowest first.
    overridden
        Paths that several layers have whole.

    Returns
    -------
    dict[str, Merged]
        By path; files that are not there or cannot be read are left out.

    Examples
    --------
    >>> from vfsloader import Store
    >>> base, mod = Store(), Store()
    >>> base.write("/items.json", b'{"sword": 3}'), mod.write("/items.json.merge", b'{"sword": 5}')
    (None, None)
    >>> read_shared([Mount("base", base), Mount("mod", mod)], [])["/items.json"].sources
    {'/sword': 'mod'}
    """
    if not mounts:
        return {}
    union = Union(mounts[::-1])
    # A text is a list of lines, and any file JSON, only where somebody says so by changing it.
    found = {path for path in overridden if kind_of(path) not in (JSON, LINES) or path.endswith(".json")}
    for suffix in (MERGE_SUFFIX, PATCH_SUFFIX):
        found.update(path.removesuffix(suffix) for path in union.glob(f"/**/*{suffix}"))
    reports = {}
    for path in sorted(found - {paths.ROOT}):
        try:
            reports[path] = read_all(union, path)
        except (PathNotFoundError, ResourceError):
            continue
    return reports


def merge_problems(reports: Mapping[str, Merged], mods: Collection[str]) -> list[Problem]:
    """Tell which of the mods' changes came to nothing, and why."""
    told = []
    for path, report in reports.items():
        whole = report.wholes[-1]
        for mod in report.shadowed:
            if mod in mods and mod != whole:
                told.append(problem("shadowed", mod, path=path, other=whole))
        for refusal in report.refusals:
            if refusal.layer in mods:
                told.append(problem("refused", refusal.layer, path=path, reason=refusal.reason))
    return told
