import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ommatid_edge.camera_address import CameraAddress, check_address
from ommatid_schemas.errors import ConfigurationError

passwords = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


@given(password=passwords)
def test_no_part_of_a_password_is_shown_however_it_is_spelt(password: str):
    url = f"rtsp://user:{password}@10.0.0.7:554/main"

    address = CameraAddress("lobby-1", SecretStr(url))

    assert address.shown == "rtsp://***@10.0.0.7:554/main"
    assert str(address) == "camera lobby-1 at rtsp://***@10.0.0.7:554/main"
    assert f"user:{password}" not in repr(address)


def test_a_url_without_credentials_is_shown_whole():
    assert CameraAddress("lobby-1", SecretStr("rtsp://10.0.0.7/main")).shown == "rtsp://10.0.0.7/main"


@pytest.mark.parametrize("url", ["rtsp://10.0.0.7/main", "rtsp://u:p%2Fw@cam.example:8554/a", "rtsps://[::1]/x"])
def test_rtsp_urls_with_a_host_pass(url: str):
    check_address(CameraAddress("lobby-1", SecretStr(url)), "cameras.lobby-1.url")


@pytest.mark.parametrize("url", ["http://10.0.0.7/main", "rtsp:///main", "rtsp://user:se/cret@10.0.0.7/main", "main"])
def test_what_cannot_be_dialled_is_refused_with_its_place_in_the_file(url: str):
    with pytest.raises(
        ConfigurationError, match=r"cameras\.lobby-1\.url: expected rtsp://\[user:password@\]host.*percent-encode"
    ) as caught:
        check_address(CameraAddress("lobby-1", SecretStr(url)), "cameras.lobby-1.url")

    assert "cret" not in str(caught.value)
