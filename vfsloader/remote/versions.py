"""The versions of a file that is published under a prefix of a bucket: which is the newest, and which can go."""

from __future__ import annotations

import datetime
import itertools
import os

from vfsloader.errors import ConflictError, PathNotFoundError, RemoteError
from vfsloader.quoting import quoted
from vfsloader.remote.addresses import redacted
from vfsloader.remote.blocks import MEMORY_BYTES
from vfsloader.remote.manifest import Manifest
from vfsloader.remote.s3 import Bucket, ConditionsUnsupportedError, ObjectExistsError
from vfsloader.remote.segments import SegmentSource
from vfsloader.runtime.budget import Budget
from vfsloader.runtime.lru import ByteLRU

#: How long a version that is not the newest stays, for readers that have it open.
DEFAULT_GRACE = datetime.timedelta(hours=24)
#: How often the newest version is looked for if it is deleted just then.
_LOOKS = 10


class Published:
    """A file that is published under a prefix of a bucket.

    Parameters
    ----------
    bucket
        The bucket.
    prefix
        The prefix.
    single_writer
        The caller guarantees that nobody else writes. Then the server need not support conditional writes.
    """

    def __init__(self, bucket: Bucket, prefix: str, *, single_writer: bool = False) -> None:
        self.bucket = bucket
        self.prefix = prefix.strip("/")
        self.name = redacted(f"s3://{bucket.name}/{self.prefix}")
        #: Blocks of all versions that were read.
        self.memory = ByteLRU(MEMORY_BYTES)
        self._single_writer = single_writer
        self._supports_conditions: bool | None = None
        self._latest: Manifest | None = None

    def latest(self, budget: Budget | None = None) -> Manifest | None:
        """Return the newest version; None if nothing is published. Unpacking it spends from the budget."""
        known = self._latest
        after = "" if known is None else self._key(known.number - 1)
        for _ in range(_LOOKS):
            listed = self.bucket.list(f"{self.prefix}/manifest/", after)
            if not listed:
                return None
            newest = listed[-1].key
            number = _number_of(newest, self.name)
            if known is not None and known.number == number:
                return known
            try:
                self._latest = Manifest.decode(self.bucket.get(newest), number, self.name, budget)
                return self._latest
            except PathNotFoundError:
                known, after = None, ""  # deleted just now: there is a newer one, or none
        raise RemoteError.at(self.name, f"the server lists manifests of {self.name}, but has none of them")

    def require_latest(self, budget: Budget | None = None) -> Manifest:
        """Return the newest version. Unpacking it spends from the budget.

        Raises
        ------
        PathNotFoundError
            Nothing is published.
        """
        manifest = self.latest(budget)
        if manifest is None:
            raise PathNotFoundError.at(self.name, f"nothing is published at {self.name}")
        return manifest

    def source(self, manifest: Manifest) -> SegmentSource:
        """Return the blocks of a version."""
        return SegmentSource(self.bucket, self.prefix, manifest)

    def commit(self, manifest: Manifest) -> None:
        """Make a manifest the newest version.

        Raises
        ------
        ConflictError
            Someone else has published a version concurrently.
        RemoteError
            The server does not support conditional writes, and there may be other writers.
        """
        key = self._key(manifest.number)
        is_conditional = self._check_conditions()
        if not is_conditional and self.bucket.list(key):
            raise self._conflict()
        try:
            self.bucket.put(key, manifest.encode(), only_new=is_conditional)
        except ObjectExistsError:
            if not self._is_ours(key, manifest):
                raise self._conflict() from None
        if self.bucket.list(f"{self.prefix}/manifest/", key):
            # We were so late that the version of this number was already replaced and deleted.
            self.bucket.delete([key])
            raise self._conflict()
        self._latest = manifest

    def gc(self, grace: datetime.timedelta = DEFAULT_GRACE) -> int:
        """Delete versions and segments that no reader can have open any more.

        Ages are measured by the server's clock, whatever the clock of this machine says.

        Parameters
        ----------
        grace
            How long a reader may read a version that is not the newest, and how long an upload may take.

        Returns
        -------
        int
            How many objects were deleted.
        """
        end = self._now() - grace
        manifests = self.bucket.list(f"{self.prefix}/manifest/")
        # A version counts from when the next one replaced it.
        expired = sorted(old.key for old, following in itertools.pairwise(manifests) if following.changed < end)
        named: set[str] = set()
        for listed in manifests:
            if listed.key not in expired:
                try:
                    named |= set(Manifest.decode(self.bucket.get(listed.key), 0, self.name).segments)
                except PathNotFoundError:
                    continue
        segments = self.bucket.list(f"{self.prefix}/segment/")
        unused = [each.key for each in segments if _name_of(each.key) not in named and each.changed < end]
        self.bucket.delete(expired)  # first, so that nobody opens a version without segments
        self.bucket.delete(unused)
        return len(expired) + len(unused)

    def remove(self) -> None:
        """Delete everything under the prefix."""
        for prefix in (f"{self.prefix}/manifest/", f"{self.prefix}/"):
            self.bucket.delete([listed.key for listed in self.bucket.list(prefix)])

    def segments_since(self, age: datetime.timedelta) -> set[str]:
        """Return the names of the segments that are younger than `age`."""
        listed = self.bucket.list(f"{self.prefix}/segment/")
        if not listed:
            return set()
        start = self._now() - age
        return {_name_of(each.key) for each in listed if each.changed > start}

    # --- inside --------------------------------------------------------------------------------------

    def _key(self, number: int) -> str:
        return f"{self.prefix}/manifest/{number:010d}"

    def _check_conditions(self) -> bool:
        """Find out, once, whether the server really supports conditional writes."""
        if self._supports_conditions is None:
            key = f"{self.prefix}/probe/{os.urandom(8).hex()}"
            try:
                for _ in range(2):  # the second time it exists
                    self.bucket.put(key, b"", only_new=True)
                self._supports_conditions = False
            except ObjectExistsError:
                self._supports_conditions = True
            except ConditionsUnsupportedError:
                self._supports_conditions = False
            self.bucket.delete([key])
        if not self._supports_conditions and not self._single_writer:
            raise RemoteError.at(
                self.name,
                f"the server of {self.name} does not support conditional writes, so two writers could lose each "
                "other's work; pass single_writer=True if there is only one",
            )
        return self._supports_conditions

    def _is_ours(self, key: str, manifest: Manifest) -> bool:
        """Return whether the object is our own: its answer was lost, and the request was repeated."""
        try:
            return self.bucket.get(key) == manifest.encode()
        except PathNotFoundError:
            return False

    def _conflict(self) -> ConflictError:
        return ConflictError.at(self.name, f"{self.name} was published by someone else concurrently; start again")

    def _now(self) -> datetime.datetime:
        """Return the time by the server's clock."""
        key = f"{self.prefix}/probe/{os.urandom(8).hex()}"
        self.bucket.put(key, b"")
        (probe,) = self.bucket.list(key)
        self.bucket.delete([key])
        return probe.changed


def _name_of(key: str) -> str:
    return key.rsplit("/", 1)[1]


def _number_of(key: str, name: str) -> int:
    number = _name_of(key)
    if not (number.isascii() and number.isdecimal() and len(number) < 20):
        raise RemoteError.at(name, f"{name} is damaged: the server lists {quoted(key)} among its manifests")
    return int(number)
