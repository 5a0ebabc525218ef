"""Objects in an S3 bucket, at Amazon or at any endpoint that speaks the same protocol."""

# The stubs type boto3.client for S3 only and leave it unknown for the other services.
# pyright: reportUnknownMemberType=false

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ommatid_connectors.object_store.object_store import ObjectMissing, ObjectStoreFailed, StoredObject, checked_key

if TYPE_CHECKING:
    # Stubs of the development group only.
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_MISSING = frozenset({"NoSuchKey", "404"})


def s3_client(endpoint_url: str | None = None) -> "S3Client":
    """Client with short timeouts; credentials and region come from boto3's own chain.

    Args:
        endpoint_url: Address of the service, or None for Amazon's or ``AWS_ENDPOINT_URL_S3``.

    Raises:
        ObjectStoreFailed: boto3 refuses to build it, for example without a region.
    """
    config = Config(
        connect_timeout=3,
        read_timeout=10,
        retries={"total_max_attempts": 3, "mode": "standard"},
        signature_version="s3v4",
    )
    try:
        return boto3.client("s3", endpoint_url=endpoint_url, config=config)
    except (BotoCoreError, ValueError) as exc:
        raise ObjectStoreFailed(f"S3: expected a usable configuration of boto3, found: {exc}") from exc


class S3Store:
    """Objects below a prefix of one bucket.

    Args:
        bucket: Name of the bucket, which must exist.
        prefix: Put before every key, without ``/`` at its ends; may be empty.
        client: From :func:`s3_client`.
    """

    def __init__(self, bucket: str, prefix: str, client: "S3Client") -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._client = client

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Write an object whole, as S3 guarantees."""
        name = self._name(key)
        try:
            self._client.put_object(Bucket=self._bucket, Key=name, Body=data, ContentType=content_type)
        except (BotoCoreError, ClientError) as exc:
            raise ObjectStoreFailed(f"{self._url(name)}: expected to write {len(data)} bytes, found: {exc}") from exc
        return self._url(name)

    def get(self, key: str) -> bytes:
        """Read an object."""
        name = self._name(key)
        try:
            return self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except ClientError as exc:
            if exc.response.get("Error", {}).get("Code") in _MISSING:
                raise ObjectMissing(f"{self._url(name)}: expected an object, found none") from exc
            raise ObjectStoreFailed(f"{self._url(name)}: expected an object, found: {exc}") from exc
        except BotoCoreError as exc:
            raise ObjectStoreFailed(f"{self._url(name)}: expected an object, found: {exc}") from exc

    def share(self, key: str, lifetime_s: float) -> str:
        """Signed URL (Signature Version 4: 7 days at most).

        One that is signed with credentials of a role ends with their session, even if that is earlier.
        """
        target = {"Bucket": self._bucket, "Key": self._name(key)}
        try:
            return self._client.generate_presigned_url("get_object", Params=target, ExpiresIn=round(lifetime_s))
        except (BotoCoreError, ClientError) as exc:
            raise ObjectStoreFailed(f"{self._url(target['Key'])}: expected credentials to sign, found: {exc}") from exc

    def folders(self, key: str) -> tuple[str, ...]:
        """Common prefixes directly below a key."""
        below = f"{self._name(key)}/"
        with self._listing(below):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=below, Delimiter="/"
            )
            found = [it.get("Prefix", "") for page in pages for it in page.get("CommonPrefixes", [])]
        return tuple(it.removeprefix(below).rstrip("/") for it in found)

    def objects(self, key: str) -> Iterator[StoredObject]:
        """Objects below a key, page by page."""
        below, root = f"{self._name(key)}/", f"{self._prefix}/" if self._prefix else ""
        with self._listing(below):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=below):
                for it in page.get("Contents", []):
                    if "Key" in it and "LastModified" in it:
                        stored_at_us = round(it["LastModified"].timestamp() * 1e6)
                        yield StoredObject(it["Key"].removeprefix(root), stored_at_us)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects; a bucket that keeps versions keeps theirs, until its own lifecycle rule ends them."""
        if not keys:
            return
        wanted: list[ObjectIdentifierTypeDef] = [{"Key": self._name(key)} for key in keys]
        try:
            answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": wanted, "Quiet": True})
        except (BotoCoreError, ClientError) as exc:
            raise ObjectStoreFailed(f"s3://{self._bucket}: expected to delete {len(keys)} objects: {exc}") from exc
        for error in answer.get("Errors", []):
            raise ObjectStoreFailed(
                f"{self._url(error.get('Key', ''))}: expected to delete it, found: {error.get('Message')}"
            )

    @contextmanager
    def _listing(self, below: str) -> Generator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as exc:
            raise ObjectStoreFailed(f"{self._url(below)}: expected to list objects, found: {exc}") from exc

    def _name(self, key: str) -> str:
        return f"{self._prefix}/{checked_key(key)}" if self._prefix else checked_key(key)

    def _url(self, name: str) -> str:
        return f"s3://{self._bucket}/{name}"
