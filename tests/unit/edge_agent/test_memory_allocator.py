import subprocess
import sys

HOLES_OF_FRAMES = """
from pathlib import Path
from ommatid_edge.memory_allocator import release_free_memory

def anonymous_kb():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])

empty_kb = anonymous_kb()
frames, beside = [], []
for number in range(500):
    frames.append(b"x" * (40_000 + number))
    beside.append(b"y" * (2_000 + number))
frames.clear()
holes_kb = anonymous_kb() - empty_kb
release_free_memory()
print(holes_kb, anonymous_kb() - empty_kb)
"""


def test_holes_that_frames_left_between_small_things_that_stay_are_given_back():
    found = subprocess.run([sys.executable, "-c", HOLES_OF_FRAMES], capture_output=True, check=True, text=True)

    holes_kb, left_kb = map(int, found.stdout.split())
    assert holes_kb > 15_000
    assert left_kb < holes_kb / 2
