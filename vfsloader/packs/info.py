"""Facts about a pack, without reading its contents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vfsloader import paths
from vfsloader.store import schema
from vfsloader.store.pack.contents import PackFile
from vfsloader.store.store import Store


@dataclass(frozen=True, slots=True)
class PackInfo:
    """What a pack says about itself; :func:`verify` checks it."""

    path: str
    files: int
    folders: int
    """Not counting the root."""
    size: int
    """Bytes of content, counting each file."""
    stored: int
    """Size of the pack in bytes."""
    contents: int
    """How many different contents."""
    compressed: int
    """How many contents are compressed."""
    digest: str | None
    """SHA-256 of the tree, in hexadecimal."""
    signer: str | None
    """The public key that signed it, in hexadecimal; None for an unsigned pack."""
    format: int
    page_size: int


def info(pack: paths.RealPath) -> PackInfo:
    """Return what a pack says about itself.

    Parameters
    ----------
    pack
        The file.

    Raises
    ------
    PathNotFoundError, NotAStoreError, DamagedError
        The file does not exist, or is not a pack.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader import Store, packs
    >>> store = Store()
    >>> store.write("/a.txt", b"same")
    >>> store.write("/b/c.txt", b"same")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = packs.build(store, f"{folder}/base.pack")
    ...     facts = info(f"{folder}/base.pack")
    >>> facts.files, facts.folders, facts.size, facts.contents
    (2, 1, 8, 1)
    """
    with Store(pack, read_only=True) as store:
        file = PackFile(store)
        facts, digest, contents, nodes = file.facts(), file.digest(), file.contents(), list(file.nodes())
        return PackInfo(
            path=str(pack),
            files=sum(node.kind == schema.FILE for node in nodes),
            folders=sum(node.kind in (schema.FOLDER, schema.OPAQUE_FOLDER) for node in nodes) - 1,
            size=sum(node.size for node in nodes),
            stored=Path(pack).stat().st_size,
            contents=len(contents),
            compressed=sum(content.is_compressed for content in contents),
            digest=None if digest is None else digest.hex(),
            signer=facts.signer.hex() if any(facts.signer) else None,
            format=file.format(),
            page_size=facts.page_size,
        )
