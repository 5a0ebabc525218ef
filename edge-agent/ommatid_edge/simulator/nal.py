"""H.264 byte streams: cutting an access unit into NAL units (ITU-T H.264, annex B and table 7-1)."""

from enum import IntEnum

_START_CODE = b"\x00\x00\x01"


class NalType(IntEnum):
    """The `nal_unit_type` values that the simulator tells apart."""

    IDR = 5
    SPS = 7
    PPS = 8
    ACCESS_UNIT_DELIMITER = 9


def split_annex_b(access_unit: bytes) -> tuple[bytes, ...]:
    """Cut an access unit in Annex B form into its NAL units, start codes and padding zeros removed."""
    nal_units: list[bytes] = []
    begin = access_unit.find(_START_CODE)
    while begin >= 0:
        begin += len(_START_CODE)
        following = access_unit.find(_START_CODE, begin)
        end = following if following >= 0 else len(access_unit)
        # A NAL unit never ends with a zero byte, so zeros here belong to the next start code or are padding.
        nal_unit = access_unit[begin:end].rstrip(b"\x00")
        if nal_unit:
            nal_units.append(nal_unit)
        begin = following
    return tuple(nal_units)


def nal_type(nal_unit: bytes) -> int:
    """`nal_unit_type` of a NAL unit: the low five bits of its first byte."""
    return nal_unit[0] & 0x1F


def first_of_type(nal_units: tuple[bytes, ...], wanted: NalType) -> bytes | None:
    """The first NAL unit of a type, None if there is none."""
    return next((nal_unit for nal_unit in nal_units if nal_type(nal_unit) == wanted), None)
