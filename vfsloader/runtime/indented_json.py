"""JSON that people can read, as ``json.dumps(data, indent=2)`` writes it, several times as quickly.

With ``indent``, the standard library takes an encoder that is written in Python and yields every comma.
"""

from __future__ import annotations

import contextlib
import json

_quoted = json.encoder.encode_basestring_ascii


def indented_json(data: object) -> str:
    """Return data as JSON. The keys of dictionaries must be texts.

    Examples
    --------
    >>> print(indented_json({"order": ["winter", "hud"], "disabled": []}))
    {
      "order": [
        "winter",
        "hud"
      ],
      "disabled": []
    }
    """
    return _indented(data, "\n")


def _indented(data: object, end: str) -> str:
    """Return data as JSON; `end` begins the line on which its last bracket is."""
    if isinstance(data, str):
        return _quoted(data)
    begin = f"{end}  "
    between = f",{begin}"
    if isinstance(data, dict) and data:
        members = [f"{_quoted(key)}: {_indented(value, begin)}" for key, value in data.items()]
        return f"{{{begin}{between.join(members)}{end}}}"
    if isinstance(data, (list, tuple)) and data:
        if isinstance(data[0], str):
            with contextlib.suppress(TypeError):  # not all of them are texts
                return f"[{begin}{between.join(map(_quoted, data))}{end}]"
        return f"[{begin}{between.join([_indented(value, begin) for value in data])}{end}]"
    return json.dumps(data)
