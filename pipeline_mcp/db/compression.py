"""zstd, with one context a thread: making a context costs more than compressing a small file."""

from __future__ import annotations

import threading

import zstandard

_LEVEL = 3


class _Contexts(threading.local):
    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self.decompressor = zstandard.ZstdDecompressor()


_contexts = _Contexts()


def compress(content: bytes) -> bytes:
    """One frame that says how large its content is."""
    return _contexts.compressor.compress(content)


def decompress(frame: bytes) -> bytes | None:
    """The content of a frame made by `compress`, or None if the frame is damaged."""
    try:
        return _contexts.decompressor.decompress(frame)
    except (zstandard.ZstdError, MemoryError):  # a damaged header may claim any size
        return None
