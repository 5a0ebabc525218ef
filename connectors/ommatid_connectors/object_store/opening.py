"""From a URL to an object store."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from ommatid_connectors.object_store.folder import FolderStore
from ommatid_connectors.object_store.object_store import ObjectStore
from ommatid_connectors.object_store.s3 import S3Store, s3_client
from ommatid_schemas.errors import ConfigurationError
from ommatid_schemas.redaction import redact


def bucket_of(url: str) -> tuple[str, str] | None:
    """Bucket and prefix of ``s3://bucket/prefix``; None for another form of URL."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
        return None
    return parts.netloc, parts.path.strip("/")


def open_object_store(url: str, endpoint_url: str | None = None) -> ObjectStore:
    """Object store of a URL. Nothing is contacted or created yet.

    Args:
        url: ``file:///folder`` or ``s3://bucket/prefix``.
        endpoint_url: Address of an S3 service other than Amazon's.

    Raises:
        ConfigurationError: Another form of URL.
    """
    parts = urlsplit(url)
    bucket = bucket_of(url)
    if bucket is not None:
        return S3Store(*bucket, s3_client(endpoint_url))
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path.startswith("/"):
        return FolderStore(Path(unquote(parts.path)))
    raise ConfigurationError(
        f"object store: expected file:///absolute/folder or s3://bucket/prefix, found {redact(url)!r}"
    )
