from collections.abc import Callable, Iterator

import pytest
import requests
from moto.server import ThreadedMotoServer

from ommatid_connectors.object_store import ObjectMissing, ObjectStoreFailed, S3Store, open_object_store, s3_client


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture
def bucket(endpoint_url: str, unique_name: Callable[[str], str]) -> str:
    name = unique_name("snapshots")
    s3_client(endpoint_url).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def test_an_object_is_stored_with_its_type_below_the_prefix(endpoint_url: str, bucket: str) -> None:
    url = open_object_store(f"s3://{bucket}/alerts/", endpoint_url).put("lobby/1.jpg", b"jpeg", "image/jpeg")

    found = s3_client(endpoint_url).get_object(Bucket=bucket, Key="alerts/lobby/1.jpg")
    assert url == f"s3://{bucket}/alerts/lobby/1.jpg"
    assert (found["Body"].read(), found["ContentType"]) == (b"jpeg", "image/jpeg")


def test_an_object_is_read_back(endpoint_url: str, bucket: str) -> None:
    store = open_object_store(f"s3://{bucket}", endpoint_url)
    store.put("1.jpg", b"jpeg", "image/jpeg")

    assert store.get("1.jpg") == b"jpeg"


def test_a_shared_object_is_read_by_its_url_alone(endpoint_url: str, bucket: str) -> None:
    store = open_object_store(f"s3://{bucket}/alerts", endpoint_url)
    store.put("lobby 1/1.jpg", b"jpeg", "image/jpeg")

    url = store.share("lobby 1/1.jpg", 60.0)

    assert requests.get(url, timeout=10).content == b"jpeg"
    assert "X-Amz-Expires=60" in url


def test_a_missing_object_is_named(endpoint_url: str, bucket: str) -> None:
    with pytest.raises(ObjectMissing, match=rf"s3://{bucket}/none\.jpg: expected an object, found none"):
        open_object_store(f"s3://{bucket}", endpoint_url).get("none.jpg")


def test_a_missing_bucket_is_named(endpoint_url: str) -> None:
    with pytest.raises(ObjectStoreFailed, match=r"s3://nowhere/1\.jpg: expected to write 4 bytes, found"):
        open_object_store("s3://nowhere", endpoint_url).put("1.jpg", b"jpeg", "image/jpeg")


def test_a_service_that_is_away_is_named(free_port: int) -> None:
    store = S3Store("bucket", "", s3_client(f"http://127.0.0.1:{free_port}"))

    with pytest.raises(ObjectStoreFailed, match=rf"127\.0\.0\.1:{free_port}"):
        store.put("1.jpg", b"jpeg", "image/jpeg")
