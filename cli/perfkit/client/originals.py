"""Whole objects, small: without managedFields, and compressed against what they have in common."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from perfkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.client.options import Options

SAMPLES: Final = 64  # objects that a dictionary is made of
_WINDOW: Final = 1 << 15  # bytes that zlib can look back
_DICTIONARY: Final = 1 << 16  # bytes of a trained one


def stripped(body: bytes | msgspec.Raw) -> bytes:
    """An object without ``metadata.managedFields`` (four tenths of a pod); as it is where it is no object."""
    try:
        parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(parts["metadata"], type=dict[str, msgspec.Raw])
    except (KeyError, msgspec.MsgspecError):
        return bytes(body)
    if metadata.pop("managedFields", None) is None:
        return bytes(body)
    parts["metadata"] = msgspec.Raw(msgspec.json.encode(metadata))
    return msgspec.json.encode(parts)


class Packer(Protocol):
    """Makes bytes fewer, and what they were again."""

    def pack(self, data: bytes) -> bytes:
        """Fewer."""

    def unpack(self, packed: bytes) -> bytes:
        """As they were."""


class _Zlib:
    def __init__(self, samples: Sequence[bytes]) -> None:
        # What comes last is nearest and so cheapest to refer to; there is room for some ten objects.
        self._dictionary = b"".join(samples)[-_WINDOW:]

    def pack(self, data: bytes) -> bytes:
        packer = zlib.compressobj(1, wbits=-15, memLevel=9, zdict=self._dictionary)
        return packer.compress(data) + packer.flush()

    def unpack(self, packed: bytes) -> bytes:
        return zlib.decompressobj(wbits=-15, zdict=self._dictionary).decompress(packed)


class _Zstd:
    def __init__(self, samples: Sequence[bytes]) -> None:
        try:
            import zstandard
        except ImportError:
            raise UsageError("originals=zstd wants zstandard", "pip install zstandard") from None
        trained = zstandard.train_dictionary(_DICTIONARY, list(samples)) if len(samples) >= SAMPLES else None
        self._packer = zstandard.ZstdCompressor(level=3, dict_data=trained, write_content_size=True)
        self._unpacker = zstandard.ZstdDecompressor(dict_data=trained)

    def pack(self, data: bytes) -> bytes:
        return bytes(memoryview(self._packer.compress(data)))  # a copy: the result is allocated larger than it is

    def unpack(self, packed: bytes) -> bytes:
        return bytes(self._unpacker.decompress(packed))


class Originals:
    """The whole objects of a cache, by namespace and name. One thread writes, any may read."""

    def __init__(self, options: Options) -> None:
        self._kind = _Zstd if options.originals == "zstd" else _Zlib
        self._strip = options.strip
        self._trained = options.dictionary
        self._packer: Packer | None = None
        self._samples: dict[tuple[str, str], bytes] = {}  # until there are enough for a dictionary
        self._packed: dict[str, dict[str, bytes]] = {}
        self.bytes = 0
        if not options.dictionary:
            self._packer = self._kind(())

    def put(self, namespace: str, name: str, raw: msgspec.Raw) -> None:
        """Keep this one."""
        body = stripped(raw) if self._strip else bytes(raw)
        if self._packer is None:
            self._samples[namespace, name] = body
            if len(self._samples) >= SAMPLES:
                self.settle()
            return
        self._keep(namespace, name, self._packer.pack(body))

    def settle(self) -> None:
        """Make the dictionary of what is there: enough of it, or all there is."""
        if self._packer is None and self._samples:
            samples, self._samples = self._samples, {}
            packer = self._kind(tuple(samples.values()))
            for (namespace, name), body in samples.items():
                self._keep(namespace, name, packer.pack(body))
            self._packer = packer

    def pop(self, namespace: str, name: str) -> None:
        """It is gone."""
        self._samples.pop((namespace, name), None)
        self.bytes -= len(self._packed.get(namespace, {}).pop(name, b""))

    def get(self, namespace: str, name: str) -> bytes | None:
        """The object as JSON, or None."""
        sample = self._samples.get((namespace, name))
        packed = self._packed.get(namespace, {}).get(name)
        if sample is not None or packed is None or self._packer is None:
            return sample
        return self._packer.unpack(packed)

    def _keep(self, namespace: str, name: str, packed: bytes) -> None:
        within = self._packed.setdefault(namespace, {})
        self.bytes += len(packed) - len(within.get(name, b""))
        within[name] = packed
