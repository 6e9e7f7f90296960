"""The messages in which one version of a catalog differs from another: a catalog with just these."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from vfsloader.datamerge.catalogs import read_catalog
from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import MissingExtraError

_CATALOG = re.compile(r"/locale/([^/]+)/(?:LC_MESSAGES/)?[^/]+\.(?:po|json)")


def is_catalog(path: str) -> bool:
    """Return whether a path is that of a catalog, whose messages are merged over the layers.

    >>> is_catalog("/locale/fi/game.po"), is_catalog("/data/game.json")
    (True, False)
    """
    return _CATALOG.fullmatch(path) is not None


def catalog_change(path: str, old: bytes, new: bytes) -> bytes | None:
    r"""Return a catalog with the messages that are new or differ.

    Parameters
    ----------
    path
        The catalog.
    old, new
        Both versions.

    Returns
    -------
    bytes or None
        None if the messages of both together are not those of the new version, as when one was removed.

    Raises
    ------
    MissingExtraError
        The extra ``text`` is needed for ``.po``.

    Examples
    --------
    >>> catalog_change("/locale/fi/game.json", b'{"a": "A", "b": "B"}', b'{"a": "A", "b": "C"}')
    b'{\n "b": "C"\n}\n'
    """
    match = _CATALOG.fullmatch(path)
    if match is None:
        return None
    language = match[1]
    suffix = path[path.rfind(".") :]
    try:
        content = _json_change(old, new) if suffix == ".json" else _po_change(old, new, language)
        before, change, after = (read_catalog(data, suffix, language).messages for data in (old, content, new))
    except MissingExtraError:
        raise
    except (ValueError, LookupError, TypeError):
        return None
    merged = {**_forms(before), **_forms(change)}
    return content if merged == _forms(after) else None


def _forms(messages: Any) -> dict[str, tuple[str, ...]]:
    return {key: tuple(message.forms) for key, message in messages.items()}


def _json_change(old: bytes, new: bytes) -> bytes:
    def differing(before: Any, after: Any) -> Any:
        if not isinstance(before, dict) or not isinstance(after, dict):
            return after
        return {
            key: differing(before[key], value) if key in before else value
            for key, value in after.items()
            if key not in before or before[key] != value
        }

    return json.dumps(differing(parse_json(old), parse_json(new)), ensure_ascii=False, indent=1).encode() + b"\n"


def _po_change(old: bytes, new: bytes, language: str) -> bytes:
    try:
        from babel.messages.catalog import Catalog
        from babel.messages.pofile import read_po, write_po
    except ImportError as error:
        raise MissingExtraError.of("writing .po files", "Babel", "text") from error
    before, after = read_po(io.BytesIO(old)), read_po(io.BytesIO(new))
    known = {_id_of(message): message.string for message in before if message.id}
    change = Catalog(locale=after.locale, fuzzy=False, charset="utf-8")
    change.mime_headers = after.mime_headers
    for message in after:
        if message.id and known.get(_id_of(message)) != message.string:
            change.add(message.id, message.string, context=message.context, flags=message.flags)
    written = io.BytesIO()
    write_po(written, change, width=100)
    return written.getvalue()


def _id_of(message: Any) -> Any:
    return message.context, message.id
