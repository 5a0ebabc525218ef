"""A street that somebody tampers with, and one to which only happens what happens to streets."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ommatid_edge.gate import gate_shape, small_luma
from ommatid_edge.tampering import LOOK_INTERVAL_US, TamperState, is_due, looked, view
from ommatid_schemas import Tampering

Luma = NDArray[np.uint8]
Floats = NDArray[np.float32]
Change = Callable[[Floats, int], Floats]
"""Changes a picture; its second argument is the number of the look."""

BEFORE, AFTER = 12, 12
T0_US = 1_700_000_000_000_000


@cache
def street() -> Floats:
    path = Path(__file__).parents[3] / "assets" / "street.jpg"
    pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32)


@cache
def noise(deviation: float) -> Floats:
    return np.asarray(np.random.default_rng(1).normal(0, deviation, street().shape), np.float32)


def as_seen(picture: Floats, seed: int, deviation: float = 1.5) -> Luma:
    """A picture as a sensor gives it; each seed has its own noise."""
    shift = (7 * seed % 480, 37 * seed % 640)
    return np.clip(picture + np.roll(noise(deviation), shift, (0, 1)), 0, 255).astype(np.uint8)


def watch(lumas: Sequence[Luma], hidden: NDArray[np.bool_] | None = None) -> list[Mapping[Tampering, int]]:
    """What is found at each look, one every 10 s."""
    state, found = TamperState(), list[Mapping[Tampering, int]]()
    for number, luma in enumerate(lumas):
        state = looked(state, view(small_luma(luma, hidden), luma, hidden), T0_US + number * LOOK_INTERVAL_US)
        found.append(state.found)
    return found


def lumas(change: Change, count: int = AFTER, first: int = BEFORE) -> list[Luma]:
    return [as_seen(np.ascontiguousarray(change(street(), n), np.float32), n) for n in range(first, first + count)]


def usual(count: int = BEFORE, first: int = 0) -> list[Luma]:
    return lumas(lambda picture, _: picture, count, first)


def blurred(sigma_px: float, light: float = 1.0) -> Change:
    return lambda picture, _: cv2.GaussianBlur(picture, (0, 0), sigma_px).astype(np.float32) * np.float32(light)


def turned(right_px: int, down_px: int = 0) -> Change:
    return lambda picture, _: np.roll(picture, (down_px, -right_px), (0, 1))


def spot(picture: Floats) -> Floats:
    """Light from the camera itself, as infrared lamps give it: bright in the middle, dark around."""
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]]
    middle = (picture.shape[0] * 0.6, picture.shape[1] * 0.5)
    distance = (rows - middle[0]) ** 2 + (columns - middle[1]) ** 2
    return (0.1 + np.exp(-distance / (2 * 200.0**2))).astype(np.float32)


def passing(picture: Floats, number: int) -> Floats:
    with_somebody = picture.copy()
    left = 40 * number % 560
    with_somebody[150:420, left : left + 80] = 30 + 150 * (number % 2)
    return with_somebody


def rain(picture: Floats, number: int) -> Floats:
    random = np.random.default_rng(number)
    layer = np.zeros(picture.shape, np.float32)
    for x, y, length, light in random.integers((0, 0, 8, 20), (640, 480, 30, 80), (220, 4)).tolist():
        cv2.line(layer, (x, y), (x + length // 6, y + length), light, 1 + light // 60)
    return picture + layer


def branch(picture: Floats, number: int) -> Floats:
    with_branch = picture.copy()
    random = np.random.default_rng(5)
    for x, y, radius in random.integers((380, 0, 4), (620, 160, 14), (150, 3)).tolist():
        cv2.circle(with_branch, (x + 9 * (number % 5 - 2), y), radius, 20.0 + radius * 5, cv2.FILLED)
    return with_branch


TAMPERED: dict[str, tuple[Tampering, Change, int]] = {
    "capped": (Tampering.BLACK, lambda picture, _: picture * 0 + 6, 2),
    "covered with bright tape": (Tampering.BLACK, lambda picture, _: picture * 0 + 180, 2),
    "out of focus": (Tampering.BLURRED, blurred(6), 3),
    "sprayed on, in the evening": (Tampering.BLURRED, blurred(9, 0.4), 3),
    "turned": (Tampering.MOVED, turned(90), 3),
    "knocked": (Tampering.MOVED, turned(40, 40), 3),
    "upside down": (Tampering.MOVED, lambda picture, _: picture[::-1, ::-1], 3),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found_once_it_has_lasted_and_is_over_two_looks_after(name: str):
    label, change, looks = TAMPERED[name]

    found = watch([*usual(), *lumas(change), *usual(6, 40)])

    first_us = T0_US + BEFORE * LOOK_INTERVAL_US
    assert [set(it) for it in found[: BEFORE + looks]] == [set()] * (BEFORE + looks)
    assert found[BEFORE + looks : BEFORE + AFTER + 1] == [{label: first_us}] * (AFTER + 1 - looks)
    assert found[BEFORE + AFTER + 1 :] == [{}] * 5


def test_a_frozen_picture_is_found_after_a_minute():
    still = as_seen(street(), 99)

    found = watch([*usual(), *[still] * 12, *usual(4, 40)])

    assert found[BEFORE + 7 : BEFORE + 12] == [{Tampering.FROZEN: T0_US + (BEFORE + 1) * LOOK_INTERVAL_US}] * 5
    assert found[:BEFORE] + found[-2:] == [{}] * (BEFORE + 2)


def test_a_frozen_picture_of_which_few_pixels_change_is_found():
    stills = [as_seen(street(), 99) for _ in range(12)]
    for number, still in enumerate(stills):
        still[16 * number : 16 * number + 16, 0:200] += 3

    assert Tampering.FROZEN in watch([*usual(), *stills])[-1]


def test_a_picture_that_never_changes_is_not_called_frozen():
    assert watch([as_seen(street(), 1)] * 40) == [{}] * 40


ORDINARY: dict[str, Change] = {
    "a lamp is switched off": lambda picture, _: picture * np.float32(0.4),
    "lamps on and off": lambda picture, number: picture * np.float32(0.4 if number % 2 else 1.3),
    "light from the side": lambda picture, _: (
        picture * np.linspace(0.3, 1.2, picture.shape[1], dtype=np.float32)[np.newaxis]
    ),
    "night, by infrared": lambda picture, _: picture * spot(picture),
    "fog": lambda picture, _: picture * np.float32(0.35) + np.float32(130),
    "another contrast": lambda picture, _: (255 * (picture / 255) ** np.float32(2.0)).astype(np.float32),
    "somebody passes near": passing,
    "rain": rain,
    "a branch in the wind": branch,
    "a camera that shakes": lambda picture, number: np.roll(picture, (number % 3 - 1, number % 5 - 2), (0, 1)),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_what_happens_to_any_street_is_no_tampering(name: str):
    assert watch([*usual(), *lumas(ORDINARY[name], 10)]) == [{}] * (BEFORE + 10)


def test_noise_in_the_dark_is_not_called_blurred_or_moved():
    dark = [as_seen(street() * np.float32(0.12), n, deviation=6.0) for n in range(10)]

    assert not any(set(it) - {Tampering.BLACK} for it in watch([*usual(), *dark]))


def test_light_that_fades_over_ten_minutes_is_no_tampering():
    fading = [as_seen(street() * np.float32(1 - n / 67), n) for n in range(60)]

    assert not any(watch([*usual(), *fading]))


def test_what_is_masked_is_not_looked_at():
    hidden = np.zeros(gate_shape(640, 480), np.bool_)
    hidden[:, :60] = True
    behind = lumas(lambda picture, _: np.concatenate([picture[:, ::-1][:, :270], picture[:, 270:]], axis=1))

    assert watch([*usual(), *behind], hidden) == [{}] * (BEFORE + AFTER)


def test_a_new_view_is_the_usual_one_after_an_hour():
    found = watch([*usual(), *lumas(turned(90), 6), *[lumas(turned(90), 1, 30)[0], lumas(turned(90), 1, 31)[0]] * 185])

    assert found[BEFORE + 5]
    assert found[BEFORE + 355]
    assert found[-1] == {}


def test_a_look_is_due_every_ten_seconds_and_when_the_clock_went_back():
    state = TamperState(looked_at_us=T0_US)

    assert not is_due(state, T0_US + LOOK_INTERVAL_US - 1)
    assert is_due(state, T0_US + LOOK_INTERVAL_US)
    assert is_due(state, T0_US - 1)


def test_another_size_of_the_picture_begins_anew():
    small = [cv2.resize(it, (320, 180)).astype(np.uint8) for it in lumas(turned(90))]

    assert watch([*usual(), *small]) == [{}] * (BEFORE + AFTER)
