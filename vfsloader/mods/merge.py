"""Changing a data file instead of replacing it: ``items.json.merge`` beside ``items.json``.

Pure. The rule is RFC 7396, JSON Merge Patch: an object is merged key by key, ``null`` removes a key, anything
else replaces.
"""

from __future__ import annotations

from typing import Any

#: What a file that changes another one adds to its name.
MERGE_SUFFIX = ".merge"


def merge_patch(target: Any, patch: Any) -> Any:
    """Apply a merge patch and give the result; neither value is changed.

    Parameters
    ----------
    target
        Data as ``json`` or ``tomllib`` gives it.
    patch
        The change.

    Examples
    --------
    >>> merge_patch({"sword": {"damage": 3, "price": 10}}, {"sword": {"damage": 5}, "bow": {"damage": 2}})
    {'sword': {'damage': 5, 'price': 10}, 'bow': {'damage': 2}}

    References
    ----------
    RFC 7396, section 2.
    """
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), value)
    return result
