"""An object store: objects by key, ranges of them, and writes that fail if the key is taken.

References
----------
Amazon S3, "How to prevent object overwrites with conditional writes".
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from vfsloader.errors import AccessDeniedError, MissingExtraError, PathNotFoundError, RemoteError
from vfsloader.quoting import plain
from vfsloader.remote.addresses import redacted, redacted_text
from vfsloader.remote.retry import Retry, TransientError
from vfsloader.remote.transport import Meter

T = TypeVar("T")

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
#: How long a signed address is valid.
_SIGNED_SECONDS = 3600
#: The largest object that is read whole, and with a little more the longest answer.
MAX_OBJECT_BYTES = 64 << 20
_MAX_HEAD_BYTES = 1 << 20
#: The most objects that are listed.
_MAX_LISTED = 1_000_000
#: Pages of a listing may be small, but not all of them.
_SMALL_PAGES, _FEWEST_PER_PAGE = 20, 10


class ObjectExistsError(Exception):
    """The key is taken."""


class ConditionsUnsupportedError(Exception):
    """The server does not support conditional writes."""


class ListedObject(NamedTuple):
    """An object in a listing."""

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
        How often a request is made, and for how long.
    """

    def __init__(self, bucket: Any, retry: Retry | None = None) -> None:
        self.name: str = bucket.name
        self._client = bucket.meta.client
        self._retry = retry or Retry()
        self._addresses: dict[str, tuple[str, float]] = {}
        self._meter = Meter()
        with contextlib.suppress(ImportError, AttributeError):  # not boto3's own client
            from vfsloader.remote import s3_clock

            s3_clock.watch(self._client)

    def get(self, key: str, start: int = 0, amount: int | None = None) -> bytes:
        """Return an object, or a range of it.

        Raises
        ------
        PathNotFoundError, PermissionError, RemoteError
            No such object, access denied, or server unreachable.
        """
        extra = {} if amount is None else {"Range": f"bytes={start}-{start + amount - 1}"}

        def request() -> bytes:
            if amount is not None and (signed := self._signed_range(key, start, amount)) is not None:
                return signed
            answer = self._call("get_object", key, Key=key, **extra)
            body = answer["Body"]
            try:
                data: bytes = body.read(MAX_OBJECT_BYTES + 1 if amount is None else amount + 1)
            except Exception as error:
                raise TransientError(f"the answer ended early: {redacted_text(str(error))}") from None
            finally:
                body.close()  # with the connection, unless all was read
            if amount is None and len(data) > MAX_OBJECT_BYTES:
                address = self._address(key)
                raise RemoteError.at(address, f"{address} has more than {MAX_OBJECT_BYTES:,} bytes")
            if len(data) != answer.get("ContentLength") or (amount is not None and len(data) != amount):
                raise TransientError(f"received {len(data):,} bytes")
            return data

        return self._run(key, request)

    def _signed_range(self, key: str, start: int, amount: int) -> bytes | None:
        """Return a range, by an address that is signed once for many requests: signing takes most of a call's time.

        Return None if the server answers anything but the range; then an ordinary call finds out why.
        """
        import botocore.awsrequest
        import botocore.exceptions

        now = time.monotonic()
        url, end = self._addresses.get(key, ("", 0.0))
        if now > end:
            options = {"Bucket": self.name, "Key": key}
            url = self._client.generate_presigned_url("get_object", Params=options, ExpiresIn=_SIGNED_SECONDS)
            self._addresses[key] = url, now + _SIGNED_SECONDS / 2
        headers = {"Range": f"bytes={start}-{start + amount - 1}", "Accept-Encoding": "identity"}
        request = botocore.awsrequest.AWSRequest(method="GET", url=url, headers=headers, stream_output=True).prepare()
        failure, data = "", b""
        try:
            answer = self._client._endpoint.http_session.send(request)
            try:
                if answer.status_code != 206:
                    self._addresses.pop(key, None)
                    return None
                data = answer.raw.read(amount + 1)
            finally:
                answer.raw.close() if answer.raw.length_remaining != 0 else answer.raw.release_conn()
        except Exception as error:  # those of urllib3, which botocore does not translate while a body is read
            failure = redacted_text(str(error))
        if failure:  # not in the handler: the library's own error shows the signed address
            raise TransientError(failure) from None
        if len(data) != amount:
            raise TransientError(f"received {len(data):,} bytes instead of {amount:,}")
        return data

    def put(self, key: str, data: bytes, *, only_new: bool = False) -> None:
        """Write an object.

        Raises
        ------
        ObjectExistsError, ConditionsUnsupportedError
            With `only_new`: the key is taken, or the server does not support conditional writes.
        PermissionError, RemoteError
            Access denied, or server unreachable.
        """
        extra = {"IfNoneMatch": "*"} if only_new else {}
        self._run(key, lambda: self._call("put_object", key, Key=key, Body=data, **extra))

    def list(self, prefix: str, after: str = "") -> list[ListedObject]:
        """Return the objects whose keys begin with a prefix, in the order of their keys."""
        listed: list[ListedObject] = []
        extra: dict[str, Any] = {"StartAfter": after} if after else {}
        pages = 0
        while True:
            page = functools.partial(self._call, "list_objects_v2", prefix, Prefix=prefix, **extra)
            answer = self._run(prefix, page)
            pages += 1
            try:
                listed += [
                    ListedObject(each["Key"], each["Size"], each["LastModified"]) for each in answer.get("Contents", ())
                ]
                if not answer.get("IsTruncated"):
                    return listed
                extra = {"ContinuationToken": answer["NextContinuationToken"]}
            except (KeyError, TypeError) as error:
                raise self._bad_listing(prefix, f"an entry without {error}") from None
            if len(listed) > _MAX_LISTED or (pages > _SMALL_PAGES and len(listed) < pages * _FEWEST_PER_PAGE):
                raise self._bad_listing(prefix, f"{pages:,} pages, and no end")

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects; those that do not exist are ignored."""
        remaining = list(keys)
        for start in range(0, len(remaining), 1000):
            objects = [{"Key": key} for key in remaining[start : start + 1000]]
            remove = functools.partial(self._call, "delete_objects", "", Delete={"Objects": objects, "Quiet": True})
            self._run("", remove)

    def _run(self, key: str, request: Callable[[], T]) -> T:
        """Make a request until it succeeds, all attempts together within the deadline."""
        from vfsloader.remote import s3_clock

        with s3_clock.deadline(self._retry.deadline, self._meter, MAX_OBJECT_BYTES + _MAX_HEAD_BYTES):
            return self._retry.run(self._address(key), request)

    def _bad_listing(self, prefix: str, what: str) -> RemoteError:
        address = self._address(prefix)
        return RemoteError.at(address, f"the server's listing of {address} is damaged: it has {what}")

    def _call(self, name: str, key: str, **options: Any) -> Any:
        import botocore.exceptions
        import botocore.parsers
        import urllib3.exceptions

        try:
            return getattr(self._client, name)(Bucket=self.name, **options)
        except botocore.exceptions.ClientError as error:
            raise self._translate(error, key) from None
        except (botocore.exceptions.NoCredentialsError, botocore.exceptions.PartialCredentialsError):
            address = self._address(key)
            raise AccessDeniedError.at(address, f"there are no credentials for {address}") from None
        except (ValueError, TypeError, LookupError, AttributeError, botocore.parsers.ResponseParserError) as error:
            raise TransientError(f"the answer cannot be read: {redacted_text(str(error))}") from None
        except (botocore.exceptions.BotoCoreError, urllib3.exceptions.HTTPError, OSError) as error:
            if isinstance(error, AccessDeniedError):
                raise
            raise TransientError(redacted_text(str(error))) from None

    def _translate(self, error: Any, key: str) -> Exception:
        code = plain(str(error.response.get("Error", {}).get("Code", "")))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        address = self._address(key)
        if code in _MISSING:
            return PathNotFoundError.at(address, f"there is no {address}")
        if code == "RequestTimeTooSkewed":
            sentence = f"the server denies access to {address}: the clock of this machine is wrong"
            return AccessDeniedError.at(address, sentence)
        if code in _REFUSED or status in (401, 403):
            sentence = (
                f"the server denies access to {address}: the credentials have expired or do not allow it ({code})"
            )
            return AccessDeniedError.at(address, sentence)
        if code in _TAKEN or status == 412:
            return ObjectExistsError(key)
        if code in _UNKNOWN or status == 501:
            return ConditionsUnsupportedError(code)
        if status >= 500 or status == 429 or code in ("SlowDown", "RequestTimeout"):
            return TransientError(f"the server answers {status} {code}")
        return RemoteError.at(address, f"the server answers {status} {code} for {address}")

    def _address(self, key: str) -> str:
        return redacted(f"s3://{self.name}/{key}")


def bucket_named(name: str) -> Any:
    """Return a bucket by its name, configured by the environment and boto3's own files.

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
