"""Objects by key: in a folder or in an S3 bucket."""

from ommatid_connectors.object_store.folder import FolderStore
from ommatid_connectors.object_store.object_store import ObjectMissing, ObjectStore, ObjectStoreFailed
from ommatid_connectors.object_store.opening import open_object_store
from ommatid_connectors.object_store.s3 import S3Store, s3_client

__all__ = [
    "FolderStore",
    "ObjectMissing",
    "ObjectStore",
    "ObjectStoreFailed",
    "S3Store",
    "open_object_store",
    "s3_client",
]
