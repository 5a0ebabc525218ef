"""Expiry of objects by the bucket itself: lifecycle rules, beside those that others have put there.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from ommatid_connectors.object_store.object_store import ObjectStoreFailed

if TYPE_CHECKING:
    # Stubs of the development group only.
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import (
        GetBucketLifecycleConfigurationOutputTypeDef,
        LifecycleRuleOutputTypeDef,
        LifecycleRuleTypeDef,
        LifecycleRuleUnionTypeDef,
    )

_NONE_YET = "NoSuchLifecycleConfiguration"


@dataclass(frozen=True, slots=True)
class Expiry:
    """Objects below a prefix end after some days.

    Attributes:
        rule_id: Name of the rule, by which it is found again.
        prefix: Of the keys, with ``/`` at its end.
        days: Since an object was written; S3 counts to the next midnight, UTC.
    """

    rule_id: str
    prefix: str
    days: int


class BucketLifecycle:
    """Lifecycle rules of one bucket.

    Args:
        bucket: Name of the bucket, which must exist.
        client: From :func:`ommatid_connectors.object_store.s3_client`.
    """

    def __init__(self, bucket: str, client: "S3Client") -> None:
        self._bucket = bucket
        self._client = client

    def has(self, expiry: Expiry) -> bool:
        """Whether a rule is in force.

        Raises:
            ObjectStoreFailed: The rules could not be read.
        """
        found = next((it for it in self._found().get("Rules", []) if it.get("ID") == expiry.rule_id), None)
        return found is not None and _is_in_force(found, expiry)

    def put(self, expiries: Sequence[Expiry]) -> None:
        """Put rules, in place of those of the same names; others stay.

        Raises:
            ObjectStoreFailed: The rules could not be read or written.
        """
        ours, found = {it.rule_id for it in expiries}, self._found()
        kept: list[LifecycleRuleUnionTypeDef] = [it for it in found.get("Rules", []) if it.get("ID") not in ours]
        try:
            self._client.put_bucket_lifecycle_configuration(
                Bucket=self._bucket, LifecycleConfiguration={"Rules": [*kept, *map(_rule, expiries)]}
            )
        except (BotoCoreError, ClientError) as exc:
            raise ObjectStoreFailed(f"s3://{self._bucket}: expected to put lifecycle rules, found: {exc}") from exc

    def _found(self) -> "GetBucketLifecycleConfigurationOutputTypeDef | dict[str, list[LifecycleRuleOutputTypeDef]]":
        try:
            return self._client.get_bucket_lifecycle_configuration(Bucket=self._bucket)
        except ClientError as exc:
            if exc.response.get("Error", {}).get("Code") == _NONE_YET:
                return {}
            raise self._unread(exc) from exc
        except BotoCoreError as exc:
            raise self._unread(exc) from exc

    def _unread(self, cause: Exception) -> ObjectStoreFailed:
        return ObjectStoreFailed(f"s3://{self._bucket}: expected to read lifecycle rules, found: {cause}")


def _rule(expiry: Expiry) -> "LifecycleRuleTypeDef":
    return {
        "ID": expiry.rule_id,
        "Status": "Enabled",
        "Filter": {"Prefix": expiry.prefix},
        "Expiration": {"Days": expiry.days},
        # Where a bucket keeps versions, what has expired is still there as one of them.
        "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
    }


def _is_in_force(rule: "LifecycleRuleOutputTypeDef", expiry: Expiry) -> bool:
    found = rule.get("Status"), rule.get("Filter", {}).get("Prefix"), rule.get("Expiration", {}).get("Days")
    return found == ("Enabled", expiry.prefix, expiry.days)
