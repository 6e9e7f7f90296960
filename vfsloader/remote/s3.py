"""An object store: whole objects by key, ranges of them, and writes that happen only where nothing is yet.

References
----------
Amazon S3, "How to prevent object overwrites with conditional writes".
"""

from __future__ import annotations

import datetime
import errno
import functools
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from vfsloader.errors import MissingExtraError, PathNotFoundError, RemoteError
from vfsloader.remote.retry import Again, Retry

_REFUSED = {
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "TokenRefreshRequired",
    "403",
}
_MISSING = {"NoSuchKey", "NoSuchBucket", "404"}
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_UNKNOWN = {"NotImplemented", "501"}


#: How long a signed address is good for.
_SIGNED_SECONDS = 3600


class ObjectExistsError(Exception):
    """There is an object of this key already."""


class NoConditionsError(Exception):
    """The server knows no conditional writes."""


class Listed(NamedTuple):
    """An object of a list."""

    key: str
    size: int
    changed: datetime.datetime


class Bucket:
    """A bucket of an S3 server.

    Parameters
    ----------
    bucket
        A Bucket resource of boto3.
    retry
        How often, and for how long, a request is made again.
    """

    def __init__(self, bucket: Any, retry: Retry | None = None) -> None:
        self.name: str = bucket.name
        self._client = bucket.meta.client
        self._retry = retry or Retry()
        self._addresses: dict[str, tuple[str, float]] = {}

    def get(self, key: str, start: int = 0, amount: int | None = None) -> bytes:
        """Give an object, or a range of it.

        Raises
        ------
        PathNotFoundError, PermissionError, RemoteError
            There is none; the credentials do not do; the server cannot be reached.
        """
        extra = {} if amount is None else {"Range": f"bytes={start}-{start + amount - 1}"}

        def request() -> bytes:
            if amount is not None and (quick := self._signed_range(key, start, amount)) is not None:
                return quick
            answer = self._call("get_object", key, Key=key, **extra)
            try:
                data: bytes = answer["Body"].read()
            except Exception as error:
                raise Again(f"the answer broke off: {error}") from error
            if len(data) != answer.get("ContentLength") or (amount is not None and len(data) != amount):
                raise Again(f"{len(data):,} bytes came")
            return data

        return self._retry.run(self._told(key), request)

    def _signed_range(self, key: str, start: int, amount: int) -> bytes | None:
        """Get a range by an address that is signed once for many requests: signing each takes most of a call's time.

        None where the server answers anything but the range: then a whole call finds out what it means.
        """
        import botocore.awsrequest
        import botocore.exceptions

        now = time.monotonic()
        url, until = self._addresses.get(key, ("", 0.0))
        if now > until:
            options = {"Bucket": self.name, "Key": key}
            url = self._client.generate_presigned_url("get_object", Params=options, ExpiresIn=_SIGNED_SECONDS)
            self._addresses[key] = url, now + _SIGNED_SECONDS / 2
        headers = {"Range": f"bytes={start}-{start + amount - 1}", "Accept-Encoding": "identity"}
        prepared = botocore.awsrequest.AWSRequest(method="GET", url=url, headers=headers).prepare()
        try:
            answer = self._client._endpoint.http_session.send(prepared)
            data: bytes = answer.content
        except (botocore.exceptions.BotoCoreError, OSError) as error:
            raise Again(str(error)) from error
        if answer.status_code != 206:
            self._addresses.pop(key, None)
            return None
        if len(data) != amount:
            raise Again(f"{len(data):,} bytes came instead of {amount:,}")
        return data

    def put(self, key: str, data: bytes, *, only_new: bool = False) -> None:
        """Put an object.

        Raises
        ------
        ObjectExistsError, NoConditionsError
            `only_new`: there is one already; the server does not know how to tell.
        PermissionError, RemoteError
            The credentials do not do; the server cannot be reached.
        """
        extra = {"IfNoneMatch": "*"} if only_new else {}
        self._retry.run(self._told(key), lambda: self._call("put_object", key, Key=key, Body=data, **extra))

    def list(self, prefix: str, after: str = "") -> list[Listed]:
        """Give the objects whose key begins with a prefix, by key."""
        found: list[Listed] = []
        extra: dict[str, Any] = {"StartAfter": after} if after else {}
        while True:
            page = functools.partial(self._call, "list_objects_v2", prefix, Prefix=prefix, **extra)
            answer = self._retry.run(self._told(prefix), page)
            found += [Listed(one["Key"], one["Size"], one["LastModified"]) for one in answer.get("Contents", ())]
            if not answer.get("IsTruncated"):
                return found
            extra = {"ContinuationToken": answer["NextContinuationToken"]}

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; nothing happens where there are none."""
        waiting = list(keys)
        for start in range(0, len(waiting), 1000):
            objects = [{"Key": key} for key in waiting[start : start + 1000]]
            remove = functools.partial(self._call, "delete_objects", "", Delete={"Objects": objects, "Quiet": True})
            self._retry.run(self._told(""), remove)

    def _call(self, name: str, key: str, **options: Any) -> Any:
        import botocore.exceptions
        import botocore.parsers

        try:
            return getattr(self._client, name)(Bucket=self.name, **options)
        except botocore.exceptions.ClientError as error:
            raise self._meaning(error, key) from error
        except (botocore.exceptions.NoCredentialsError, botocore.exceptions.PartialCredentialsError) as error:
            raise PermissionError(
                errno.EACCES, f"there are no credentials for {self._told(key)}", self._told(key)
            ) from error
        except (ValueError, TypeError, KeyError, botocore.parsers.ResponseParserError) as error:
            raise Again(f"an answer that cannot be understood: {error}") from error
        except (botocore.exceptions.BotoCoreError, OSError) as error:
            if isinstance(error, PermissionError):
                raise
            raise Again(str(error)) from error

    def _meaning(self, error: Any, key: str) -> Exception:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        told = self._told(key)
        if code in _MISSING:
            return PathNotFoundError.at(told, f"there is no {told}")
        if code == "RequestTimeTooSkewed":
            sentence = f"the server refuses {told}: the clock of this machine is wrong"
            return PermissionError(errno.EACCES, sentence, told)
        if code in _REFUSED or status in (401, 403):
            sentence = f"the server refuses {told}: the credentials have expired or do not allow it ({code})"
            return PermissionError(errno.EACCES, sentence, told)
        if code in _TAKEN or status == 412:
            return ObjectExistsError(key)
        if code in _UNKNOWN or status == 501:
            return NoConditionsError(code)
        if status >= 500 or status == 429 or code in ("SlowDown", "RequestTimeout"):
            return Again(f"the server answers {status} {code}")
        return RemoteError.at(told, f"the server answers {status} {code} for {told}")

    def _told(self, key: str) -> str:
        return f"s3://{self.name}/{key}"


def bucket_named(name: str) -> Any:
    """Give a bucket by its name, as the environment and boto3's own files say.

    Raises
    ------
    MissingExtraError
        boto3 is not installed.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise MissingExtraError.of("packs in object stores", "boto3", "s3") from error
    config = Config(max_pool_connections=32, retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=20)
    return boto3.Session().resource("s3", config=config).Bucket(name)
