from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner

from ommatid_connectors.object_store import (
    BucketLifecycle,
    Expiry,
    ObjectMissing,
    ObjectStoreFailed,
    S3Store,
    open_object_store,
    s3_client,
)
from ommatid_fleet.cli import app
from ommatid_jobs.delivery.picture_retention import PictureRetention, picture_key
from ommatid_jobs.delivery.picture_sweeper import expired_pictures


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


def test_objects_and_folders_are_listed_below_a_key(endpoint_url: str, bucket: str) -> None:
    store = open_object_store(f"s3://{bucket}/alerts", endpoint_url)
    keys = [f"eu-west/2026-09-0{day}/lobby/1.jpg" for day in (1, 2)]
    for key in (*keys, "us-east/lobby/2.jpg"):
        store.put(key, b"jpeg", "image/jpeg")

    assert store.folders("eu-west") == ("2026-09-01", "2026-09-02")
    assert [it.key for it in store.objects("eu-west")] == keys
    assert all(it.stored_at_us > 1_700_000_000_000_000 for it in store.objects("eu-west"))


def test_objects_are_deleted_and_what_is_gone_is_passed_over(endpoint_url: str, bucket: str) -> None:
    store = open_object_store(f"s3://{bucket}/alerts", endpoint_url)
    for name in "ab":
        store.put(f"eu-west/{name}.jpg", b"jpeg", "image/jpeg")

    store.delete(["eu-west/a.jpg", "eu-west/gone.jpg"])

    assert [it.key for it in store.objects("eu-west")] == ["eu-west/b.jpg"]


def test_pictures_that_have_had_their_time_are_found_and_deleted(endpoint_url: str, bucket: str) -> None:
    store = open_object_store(f"s3://{bucket}/alerts", endpoint_url)
    days_us = [day * 86_400_000_000 for day in (20_000, 20_020)]
    old, new = (picture_key("eu-west", "lobby 1", "1.jpg", day_us) for day_us in days_us)
    for key in (old, new, "eu-west/lobby%201/of-an-earlier-release.jpg"):
        store.put(key, b"jpeg", "image/jpeg")

    expired = list(expired_pictures(store, "eu-west", PictureRetention(10 * 86_400.0), days_us[1]))
    store.delete(expired)

    assert expired == [old]
    assert {it.key for it in store.objects("eu-west")} == {new, "eu-west/lobby%201/of-an-earlier-release.jpg"}


def test_deleting_and_listing_in_a_missing_bucket_are_named(endpoint_url: str) -> None:
    store = open_object_store("s3://nowhere/alerts", endpoint_url)

    with pytest.raises(ObjectStoreFailed, match=r"s3://nowhere: expected to delete 1 objects"):
        store.delete(["1.jpg"])
    with pytest.raises(ObjectStoreFailed, match=r"s3://nowhere/alerts/eu-west/: expected to list objects, found"):
        store.folders("eu-west")


def test_a_lifecycle_rule_takes_the_place_of_its_predecessor_only(endpoint_url: str, bucket: str) -> None:
    rules = BucketLifecycle(bucket, s3_client(endpoint_url))
    other, old, new = Expiry("logs", "logs/", 5), Expiry("ommatid-eu", "eu/", 7), Expiry("ommatid-eu", "eu/", 30)
    rules.put([other, old])

    rules.put([new])

    assert [rules.has(it) for it in (other, old, new)] == [True, False, True]


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    path = tmp_path / "fleet.yaml"
    path.write_text(
        """
version: 1
regions: {eu-west: {kafka: {bootstrap: "127.0.0.1:1"}}}
groups: {entrances: {priority: safety}}
snapshots: {retention: 36h, delete_by: lifecycle}
"""
    )
    return path


def test_the_command_puts_a_rule_for_each_region_and_shows_it(endpoint_url: str, bucket: str, fleet: Path) -> None:
    command = ["deliveries", "lifecycle", "--fleet", str(fleet), "--snapshots", f"s3://{bucket}/alerts"]
    command += ["--snapshots-endpoint", endpoint_url]

    before, put, after = (CliRunner().invoke(app, [*command, *more]) for more in ((), ("--apply",), ()))

    assert (before.exit_code, put.exit_code, after.exit_code) == (1, 0, 0)
    below = f"ommatid-eu-west: everything below s3://{bucket}/alerts/eu-west/ ends after 2 days"
    assert (before.output, after.output) == (
        f"{below}: not in force, put it with --apply\n",
        f"{below}: in force\n",
    )
