from hypothesis import given
from hypothesis import strategies as st

from ommatid_edge.discovery import ServiceAnswer, onvif_device

CAMERA = (("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter"),)


def answer(
    types: tuple[tuple[str, str], ...] = CAMERA, scopes: tuple[str, ...] = (), xaddrs: tuple[str, ...] = ()
) -> ServiceAnswer:
    return ServiceAnswer("urn:uuid:1", types, scopes, xaddrs)


def test_name_and_hardware_come_from_the_scopes_unescaped():
    device = onvif_device(
        answer(
            scopes=("onvif://www.onvif.org/name/B%C3%BCro%202", "onvif://www.onvif.org/hardware/X-1", "http://else/")
        )
    )

    assert device is not None
    assert (device.name, device.hardware) == ("Büro 2", "X-1")


def test_what_claims_neither_an_onvif_type_nor_an_onvif_scope_is_no_camera():
    assert onvif_device(answer(types=(("http://schemas.example/print", "Printer"),))) is None


def test_a_routable_ipv4_address_is_preferred():
    device = onvif_device(
        answer(xaddrs=("http://169.254.9.9/d", "http://[fd00::7]/d", "http://10.0.0.7:8000/d", "http://[bad/d"))
    )

    assert device is not None
    assert device.address == "10.0.0.7"


@given(text=st.text(max_size=40))
def test_nothing_that_a_device_says_can_steer_the_terminal(text: str):
    device = onvif_device(
        ServiceAnswer(
            text, CAMERA, (f"onvif://www.onvif.org/name/{text}", f"onvif://www.onvif.org/hardware/%1b{text}"), (text,)
        )
    )

    assert device is not None
    shown = (device.endpoint, device.address, device.name, device.hardware, *device.scopes, *device.xaddrs)
    assert all(part.isprintable() for part in shown)
