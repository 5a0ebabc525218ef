"""Objects by key: in a folder or in an S3 bucket."""

from ommatid_connectors.object_store.folder import FolderStore
from ommatid_connectors.object_store.object_store import (
    MAX_DELETED,
    ObjectMissing,
    ObjectStore,
    ObjectStoreFailed,
    StoredObject,
)
from ommatid_connectors.object_store.opening import bucket_of, open_object_store
from ommatid_connectors.object_store.s3 import S3Store, s3_client
from ommatid_connectors.object_store.s3_lifecycle import BucketLifecycle, Expiry

__all__ = [
    "MAX_DELETED",
    "BucketLifecycle",
    "Expiry",
    "FolderStore",
    "ObjectMissing",
    "ObjectStore",
    "ObjectStoreFailed",
    "S3Store",
    "StoredObject",
    "bucket_of",
    "open_object_store",
    "s3_client",
]
