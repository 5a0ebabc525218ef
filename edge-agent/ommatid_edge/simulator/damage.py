"""Damage on the way: RTP packets that get lost and bits that flip."""

from collections.abc import Callable, Iterator

_INTERLEAVED_BYTES = 4
_HEADERS_BYTES = _INTERLEAVED_BYTES + 12


def damaged(framed: bytes | bytearray, loss: float, bit_flips: float, draw: Callable[[], float]) -> bytearray:
    """Damage the interleaved packets of one frame; their headers stay right, as a client sees them through TCP.

    Args:
        framed: RTP packets, each behind its interleaved header.
        loss: Share of packets to leave out, 0..1.
        bit_flips: Share of packets of which one bit of the payload is inverted, 0..1.
        draw: Random numbers in [0, 1).
    """
    kept = bytearray()
    for packet in _packets(framed):
        if draw() < loss:
            continue
        if draw() < bit_flips and len(packet) > _HEADERS_BYTES:
            bit = int(draw() * 8 * (len(packet) - _HEADERS_BYTES))
            packet[_HEADERS_BYTES + bit // 8] ^= 1 << bit % 8
        kept += packet
    return kept


def _packets(framed: bytes | bytearray) -> Iterator[bytearray]:
    begin = 0
    while begin < len(framed):
        end = begin + _INTERLEAVED_BYTES + int.from_bytes(framed[begin + 2 : begin + 4])
        yield bytearray(framed[begin:end])
        begin = end
