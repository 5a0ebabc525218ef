import pytest

from ommatid_schemas.redaction import redact


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://ada:hunter2@10.0.0.7/main", "rtsp://***@10.0.0.7/main"),
        ("rtsp://ada:p@ss:w@10.0.0.7/main", "rtsp://***@10.0.0.7/main"),
        ("failed: 'https://u:p@h/x' and rtsp://a:b@c", "failed: 'https://***@h/x' and rtsp://***@c"),
        ("rtsp://ada:pa/ss@10.0.0.7/main", "rtsp://***@10.0.0.7/main"),
        ("rtsp://10.0.0.7:554/main@2", "rtsp://10.0.0.7:554/main@2"),
        ("rtsp://10.0.0.7/main", "rtsp://10.0.0.7/main"),
        ("mail ada@example.org", "mail ada@example.org"),
    ],
)
def test_credentials_of_urls_are_hidden(text: str, shown: str):
    assert redact(text) == shown
