"""Objects in an S3 bucket, at Amazon or at any endpoint that speaks the same protocol."""

# The stubs type boto3.client for S3 only and leave it unknown for the other services.
# pyright: reportUnknownMemberType=false

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ommatid_connectors.object_store.object_store import ObjectMissing, ObjectStoreFailed, checked_key

if TYPE_CHECKING:
    # Stubs of the development group only.
    from mypy_boto3_s3.client import S3Client

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

    def _name(self, key: str) -> str:
        return f"{self._prefix}/{checked_key(key)}" if self._prefix else checked_key(key)

    def _url(self, name: str) -> str:
        return f"s3://{self._bucket}/{name}"
