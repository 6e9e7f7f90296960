"""A small web server for an index: for players in one network, and for tests. For the internet, use any static host.

It sends nothing but the files of the index: its paths are digests, so no name of a request ever reaches the disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vfsloader import paths
from vfsloader.distribution.build import IndexFolder
from vfsloader.distribution.host_server import HostServer
from vfsloader.errors import VFSError
from vfsloader.mods.metadata.mod import Mod
from vfsloader.packs.sign import Key


class IndexServer(HostServer):
    """Serves the files of an index until it is closed.

    Parameters
    ----------
    folder
        The folder that ``index build`` made.
    host, port
        Where to listen: this computer only by default; ``"0.0.0.0"`` for the whole network. Port 0 takes any free one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, IndexServer(folder) as server:
    ...     server.address
    'http://127.0.0.1:...'
    """

    def __init__(self, folder: paths.RealPath, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(None, host, port, index=Path(folder))


def index_of_set(mods: Iterable[Mod], folder: paths.RealPath, key: Key, name: str) -> list[str]:
    """Make a signed index of some mods, as far as their authors let a host pass them on.

    Parameters
    ----------
    mods
        The mods.
    folder
        The index to make.
    key
        The private key to sign with.
    name
        The name of the source.

    Returns
    -------
    list[str]
        Why some mods are not in it.
    """
    index = IndexFolder(folder)
    left_out = []
    for mod in mods:
        if not mod.manifest.sharing[1]:
            left_out.append(f"{mod.id}: its author does not allow passing it on")
            continue
        try:
            index.add(mod.path)
        except (VFSError, ValueError) as error:
            left_out.append(f"{mod.id}: {error}")
    index.publish([key], name=name)
    return left_out
