"""Small ONNX models for tests, written as protocol buffers by hand: the project does without the package `onnx`.

Field numbers are those of onnx.proto3 (ONNX IR version 8, operator set 13).
"""

import struct
from collections.abc import Sequence
from pathlib import Path

import yaml

FLOAT, INT64 = 1, 7
SIZE_PX = 32


def write_model(folder: Path, *, version: str = "1", score: float = 0.9, **changes: object) -> Path:
    """A folder with model and card: one box in the middle of every frame, of class `person` with this score.

    A frame that is white all over breaks a run of the model: it reaches for an element that there is not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model_bytes(score))
    (folder / "card.yaml").write_text(yaml.safe_dump(card_content(version) | changes), encoding="utf-8")
    return folder


def card_content(version: str = "1") -> dict[str, object]:
    """The card of `model_bytes`."""
    return {
        "name": "one-box",
        "version": version,
        "summary": "one box",
        "source": "tests/onnx_models.py",
        "licence": "Apache-2.0",
        "modified": "",
        "input": {
            "name": "images",
            "width": SIZE_PX,
            "height": SIZE_PX,
            "channel_order": "BGR",
            "mean": [0.0, 0.0, 0.0],
            "std": [255.0, 255.0, 255.0],
            "letterbox": 0,
        },
        "output": {"boxes": "boxes", "scores": "scores", "box_layout": "xyxy_input_px"},
        "suppression": {"iou": 0.6},
        "score_threshold": 0.1,
        "classes": ["person", "car"],
    }


def model_bytes(score: float = 0.9) -> bytes:
    """From the mean brightness an index into one nought: the outputs are that nought plus constants."""
    nodes = [
        _node("ReduceMean", ["images"], ["mean"], axes=[1, 2, 3], keepdims=0),
        _node("Floor", ["mean"], ["white"]),
        _node("Mul", ["white", "nine"], ["far"]),
        _node("Cast", ["far"], ["index"], to=INT64),
        _node("Gather", ["zero", "index"], ["nought"]),
        _node("Reshape", ["nought", "shape"], ["column"]),
        _node("Add", ["column", "box"], ["boxes"]),
        _node("Add", ["column", "score"], ["scores"]),
    ]
    quarter = SIZE_PX / 4
    constants = [
        _tensor("nine", FLOAT, [1], struct.pack("<f", 9)),
        _tensor("zero", FLOAT, [1], struct.pack("<f", 0)),
        _tensor("shape", INT64, [3], struct.pack("<3q", -1, 1, 1)),
        _tensor("box", FLOAT, [1, 1, 4], struct.pack("<4f", quarter, quarter, 3 * quarter, 3 * quarter)),
        _tensor("score", FLOAT, [1, 1, 2], struct.pack("<2f", score, 0)),
    ]
    graph = b"".join(
        [
            *(_bytes(1, node) for node in nodes),
            _bytes(2, b"one-box"),
            *(_bytes(5, constant) for constant in constants),
            _bytes(11, _value("images", ["N", 3, SIZE_PX, SIZE_PX])),
            _bytes(12, _value("boxes", ["N", "A", 4])),
            _bytes(12, _value("scores", ["N", "A", 2])),
        ]
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 13))


def _node(operator: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: int | Sequence[int]) -> bytes:
    parts = [*(_bytes(1, name.encode()) for name in inputs), *(_bytes(2, name.encode()) for name in outputs)]
    return b"".join([*parts, _bytes(4, operator.encode()), *(_bytes(5, _attribute(*it)) for it in attributes.items())])


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _bytes(1, name.encode()) + _number(3, value) + _number(20, 2)
    return _bytes(1, name.encode()) + b"".join(_number(8, each) for each in value) + _number(20, 7)


def _tensor(name: str, kind: int, shape: Sequence[int], raw: bytes) -> bytes:
    return b"".join([*(_number(1, size) for size in shape), _number(2, kind), _bytes(8, name.encode()), _bytes(9, raw)])


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    sizes = [_number(1, size) if isinstance(size, int) else _bytes(2, size.encode()) for size in shape]
    tensor = _number(1, FLOAT) + _bytes(2, b"".join(_bytes(1, size) for size in sizes))
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    rest, low = value >> 7, value & 0x7F
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
