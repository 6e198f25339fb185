"""What an sdist and a wheel say of themselves, and whether a package index would take it."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.metadata import Metadata
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from pipeline_mcp.versioning.release_steps import Artifact
from pipeline_mcp.versioning.workshop import failed, incomplete

_MODULE_SUFFIXES = (".py", ".so", ".pyd")
_UNREADABLE = (
    InvalidWheelFilename,
    InvalidSdistFilename,
    tarfile.TarError,
    zipfile.BadZipFile,
)
_MOST_METADATA_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Distribution:
    """An artifact as its name and its metadata have it; they agree."""

    file: Path
    name: str
    version: Version
    description: str | None


def distribution(file: Path) -> Distribution:
    """Read an artifact.

    Raises:
        StepError: an index would refuse it.
    """
    is_wheel = file.suffix == ".whl"
    try:
        said = parse_wheel_filename(file.name) if is_wheel else parse_sdist_filename(file.name)
        raw = _wheel_metadata(file) if is_wheel else _sdist_metadata(file)
    except (
        InvalidWheelFilename,
        InvalidSdistFilename,
        tarfile.TarError,
        zipfile.BadZipFile,
    ) as error:
        raise failed(f"{file.name}: {error}") from error
    try:
        metadata = Metadata.from_email(raw)
    except ExceptionGroup as group:
        causes = "; ".join(f"{each}" for each in group.exceptions)
        raise failed(f"{file.name}: its metadata is wrong: {causes}") from group
    name, version = said[0], said[1]
    if (canonicalize_name(metadata.name), metadata.version) != (name, version):
        inside = f"{metadata.name} {metadata.version}"
        raise failed(f"{file.name}: its metadata says {inside}")
    return Distribution(file, name, version, metadata.description)


def importable(wheel: Path) -> list[str]:
    """The outermost packages and modules in a wheel, dotted below namespaces."""
    with zipfile.ZipFile(wheel) as archive:
        paths = [PurePosixPath(name) for name in archive.namelist()]
    code = [path for path in paths if path.suffix in _MODULE_SUFFIXES and _is_plain(path)]
    packages = {path.parent for path in code if path.name.split(".")[0] == "__init__"}
    outermost = {each for each in packages if packages.isdisjoint(each.parents)}
    modules = {path.name.split(".")[0] for path in code if len(path.parts) == 1}
    return sorted({".".join(each.parts) for each in outermost} | modules)


def artifact(file: Path) -> Artifact:
    """The file, with its hash."""
    content = file.read_bytes()
    return Artifact(file.name, hashlib.sha256(content).hexdigest(), len(content))


def _is_plain(path: PurePosixPath) -> bool:
    """Not what the wheel installs elsewhere, and nothing that no `import` could name."""
    names = [*path.parts[:-1], path.name.split(".")[0]]
    return all(name.isidentifier() for name in names)


def _wheel_metadata(file: Path) -> bytes:
    with zipfile.ZipFile(file) as archive:
        path = _the_one(archive.namelist(), ".dist-info/METADATA", file)
        if archive.getinfo(path).file_size > _MOST_METADATA_BYTES:
            raise incomplete(f"{file.name}: its metadata is too large to be read")
        return archive.read(path)


def _sdist_metadata(file: Path) -> bytes:
    with tarfile.open(file) as archive:
        members = {member.name: member for member in archive if member.isfile()}
        path = _the_one(members, "/PKG-INFO", file)
        member = members[path]
        content = archive.extractfile(member)
        if content is None or member.size > _MOST_METADATA_BYTES:
            raise incomplete(f"{file.name}: its metadata is too large to be read")
        return content.read()


def _the_one(paths: Iterable[str], ending: str, file: Path) -> str:
    """Of the directory at the top."""
    found = [path for path in paths if path.endswith(ending) and path.count("/") == 1]
    if len(found) != 1:
        raise failed(f"{file.name}: it has {len(found)} files *{ending}, and must have one")
    return found[0]
