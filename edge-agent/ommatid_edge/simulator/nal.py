"""H.264 and H.265 byte streams: cutting an access unit into NAL units (annex B of both), and telling those apart."""

from collections.abc import Container
from enum import IntEnum

_START_CODE = b"\x00\x00\x01"


class NalType(IntEnum):
    """The `nal_unit_type` values of H.264 that the simulator tells apart (ITU-T H.264, table 7-1)."""

    IDR = 5
    SPS = 7
    PPS = 8
    ACCESS_UNIT_DELIMITER = 9


class HevcNalType(IntEnum):
    """The `nal_unit_type` values of H.265 that the simulator tells apart (ITU-T H.265, table 7-1)."""

    VPS = 32
    SPS = 33
    PPS = 34
    ACCESS_UNIT_DELIMITER = 35


HEVC_KEY_FRAME_TYPES = range(16, 24)
"""Types of slices that decoding can start with (IRAP)."""


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
    """`nal_unit_type` of an H.264 NAL unit: the low five bits of its first byte."""
    return nal_unit[0] & 0x1F


def hevc_nal_type(nal_unit: bytes) -> int:
    """`nal_unit_type` of an H.265 NAL unit: the middle six bits of its first byte."""
    return nal_unit[0] >> 1 & 0x3F


def first_of_type(nal_units: tuple[bytes, ...], wanted: NalType) -> bytes | None:
    """The first H.264 NAL unit of a type, None if there is none."""
    return next((nal_unit for nal_unit in nal_units if nal_type(nal_unit) == wanted), None)


def first_hevc(nal_units: tuple[bytes, ...], wanted: Container[int]) -> bytes | None:
    """The first H.265 NAL unit of one of some types, None if there is none."""
    return next((nal_unit for nal_unit in nal_units if hevc_nal_type(nal_unit) in wanted), None)
