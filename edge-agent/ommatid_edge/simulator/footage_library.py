"""Clips by scene and encoding, each one encoded once and kept in a folder for the next run."""

import hashlib
import os
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import av
from av.error import FFmpegError

from ommatid_edge.simulator.clip import Clip
from ommatid_edge.simulator.clip_reader import read_clip
from ommatid_edge.simulator.encoding import Encoding
from ommatid_edge.simulator.errors import FootageCacheError, UnusableClipError
from ommatid_edge.simulator.transcoding import VERSION, transcode

CACHE_VARIABLE = "OMMATID_SIMULATOR_CACHE"


def default_cache() -> Path:
    """Folder named by `OMMATID_SIMULATOR_CACHE`, else `ommatid/footage` in the user's cache."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ommatid" / "footage"


class FootageLibrary:
    """Gives out clips; may be asked from several threads.

    Args:
        scenes: Clips by scene name.
        cache: Folder for encoded footage; None for the default one.
    """

    def __init__(self, scenes: Mapping[str, Path], cache: Path | None = None) -> None:
        self._scenes = scenes
        self._cache = cache or default_cache()
        self._clips: dict[tuple[str, Encoding | None], Clip] = {}
        self._lock = threading.Lock()

    def clip(self, scene: str, encoding: Encoding | None) -> Clip:
        """A scene in an encoding, None for its own clip. The first call for an encoding may take seconds.

        Raises:
            UnusableClipError: The scene cannot be read or not be encoded like that.
            FootageCacheError: The folder cannot be written.
        """
        with self._lock:
            if (scene, encoding) not in self._clips:
                path = self._scenes[scene]
                self._clips[scene, encoding] = read_clip(path if encoding is None else self.encoded(scene, encoding))
            return self._clips[scene, encoding]

    def encoded(self, scene: str, encoding: Encoding) -> Path:
        """MP4 file of a scene in an encoding, made if it is not there yet; for whoever wants the file and no server.

        Raises:
            UnusableClipError: The scene cannot be read or not be encoded like that.
            FootageCacheError: The folder cannot be written.
        """
        source = self._scenes[scene]
        try:
            kept = self._cache / f"{source.stem}-{encoding.codec}-{_fingerprint(source, encoding)}.mp4"
            if not kept.exists():
                self._cache.mkdir(parents=True, exist_ok=True)
                _make(source, kept, encoding)
        except FFmpegError as exc:
            raise UnusableClipError(
                f"scene {scene}: cannot be encoded as {encoding} ({type(exc).__name__}); choose other settings"
            ) from exc
        except OSError as exc:
            raise FootageCacheError(
                f"footage cache {self._cache}: cannot be used ({exc.strerror}); "
                f"set {CACHE_VARIABLE} to a folder that can be written"
            ) from exc
        return kept


def _make(source: Path, kept: Path, encoding: Encoding) -> None:
    """Write a file that other processes see whole or not at all."""
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        made = Path(folder) / kept.name
        transcode(source, made, encoding)
        made.replace(kept)


def _fingerprint(source: Path, encoding: Encoding) -> str:
    """Differs whenever scene, encoding or encoders do."""
    content = hashlib.sha256(source.read_bytes()).hexdigest()
    text = f"{VERSION} {content} {encoding!r} {av.__version__} {sorted(av.library_versions.items())}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
