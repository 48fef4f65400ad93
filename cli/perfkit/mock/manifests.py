"""Manifests and snapshots: files of objects that a cluster holds from the start; YAML, JSON, or JSON line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from perfkit.errors import ScenarioError
from perfkit.mock.generator.kept import Joined, Kept
from perfkit.mock.generator.maker import Maker
from perfkit.mock.resources.custom import DEFINITIONS, completed, defined
from perfkit.mock.resources.namespaces import NAMESPACES
from perfkit.mock.resources.registry import Catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from perfkit.mock.generator.population import Population
    from perfkit.mock.resources.description import Resource

SUFFIXES: Final = (".json", ".jsonl", ".yaml", ".yml")
LARGEST: Final = 512 * 1024 * 1024  # bytes of one file


class Group(NamedTuple):
    """Objects of one resource by their keys."""

    resource: Resource
    objects: dict[str, dict[str, Any]]


class Document(msgspec.Struct, frozen=True):
    """One object as written, and where: file and number of the document, from 1."""

    place: str
    object: dict[str, Any]

    def error(self, complaint: str, advice: str = "") -> ScenarioError:
        """What is wrong with it, in a line."""
        return ScenarioError(f"{self.place}: {complaint}", advice)


def read(paths: Sequence[Path]) -> list[Document]:
    """All objects of some files and folders, those of Lists one by one. Raises ScenarioError."""
    files = [file for path in paths for file in _files(path)]
    return [each for file in files for document in _documents(file) for each in _unpacked(document)]


def played(population: Population, documents: Sequence[Document], seed: int, *, alone: bool) -> Population:
    """The population with the documents' objects in it; ``alone``: in place of what was generated of their resources.

    Raises:
        ScenarioError: an unknown kind, an object without a name, or two of one name.
    """
    served = _served(documents)
    catalog = Catalog(population.defined | served, population.missing)
    maker = Maker(seed, population.epoch, population.version)
    groups = _by_resource(documents, catalog)
    replaced = set(groups) - {NAMESPACES.shelf} if alone else set()  # the namespaces of every cluster stay
    _add_namespaces(groups, population)
    collections = dict(population.collections)
    for shelf, (resource, objects) in groups.items():
        kept = Kept(resource, {key: _body(each, resource, key, maker) for key, each in objects.items()})
        generated = collections.get(shelf)
        collections[shelf] = kept if not generated or shelf in replaced else Joined(generated, kept)
    return msgspec.structs.replace(
        population, collections=collections, version=maker.version, defined=population.defined | served
    )


# ---- files


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and each.is_file())
        if not found:
            raise ScenarioError(f"{path}: no manifests in it", f"they end with {', '.join(SUFFIXES)}")
        return found
    return [path]


def _documents(file: Path) -> Iterator[Document]:
    data = _bytes(file)
    if file.suffix == ".jsonl":
        yield from (_json(line, f"{file}: line {n}") for n, line in enumerate(data.splitlines(), 1) if line.strip())
    elif data.lstrip()[:1] == b"{":
        yield _json(data, f"{file}: document 1")
    else:
        yield from _yaml(data, file)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > LARGEST:
            advice = "split it, or give a shape of it: perfkit cluster record"
            raise ScenarioError(f"{file}: larger than {LARGEST // 1024**2} MiB", advice)
        return file.read_bytes()
    except OSError as error:
        raise ScenarioError(f"{file}: {error.strerror}", "name a manifest, a snapshot, or a folder of them") from None


def _json(data: bytes, place: str) -> Document:
    try:
        return Document(place, msgspec.json.decode(data, type=dict[str, Any]))
    except (msgspec.DecodeError, RecursionError) as error:
        raise ScenarioError(f"{place}: not JSON: {error}", "an object is written {…}") from None


def _yaml(data: bytes, file: Path) -> Iterator[Document]:
    try:
        import yaml
    except ImportError:
        raise ScenarioError(
            f"{file}: is YAML, and there is no parser for it", "pip install pyyaml, or use JSON"
        ) from None
    number = 1
    try:
        for number, value in enumerate(yaml.load_all(data, _loader()), 1):
            if value is None:  # nothing between two ---
                continue
            if not isinstance(value, dict):
                raise ScenarioError(f"{file}: document {number}: not an object", "it begins with apiVersion and kind")
            yield Document(f"{file}: document {number}", value)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = "" if line is None else f" line {line + 1}:"
        problem = getattr(error, "problem", None) or " ".join(str(error).split())[:200]
        raise ScenarioError(f"{file}: document {number}:{where} not YAML: {problem}", "check its indentation") from None


def _loader() -> type[Any]:
    """A loader that leaves times as they are written."""
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in base.yaml_implicit_resolvers.items()
    }
    return type("Loader", (base,), {"yaml_implicit_resolvers": resolvers})


def _unpacked(document: Document) -> Iterator[Document]:
    """A List's items, which may leave out what the list says for them."""
    obj = document.object
    kind, items = str(obj.get("kind", "")), obj.get("items")
    if not (kind.endswith("List") and isinstance(items, list)):
        yield document
        return
    known = {} if kind == "List" else {"kind": kind.removesuffix("List"), "apiVersion": obj.get("apiVersion")}
    for number, item in enumerate(items, 1):
        each = Document(f"{document.place}, item {number}", {})
        if not isinstance(item, dict):
            raise each.error("not an object")
        yield Document(each.place, {**known, **item})


# ---- objects


def _served(documents: Iterable[Document]) -> dict[str, list[Resource]]:
    """What the custom resource definitions among them make the server serve."""
    served = {}
    for document in documents:
        if document.object.get("kind") == DEFINITIONS.kind:
            problems = DEFINITIONS.validate(_lenient(document.object), None)
            if problems:
                raise document.error(f"{problems[0].field}: {problems[0].message}")
            completed(document.object)
            served[document.object["metadata"]["name"]] = defined(document.object)
    return served


def _lenient(obj: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {}, **obj, "metadata": {"name": "", **(obj.get("metadata") or {})}}


def _by_resource(documents: Iterable[Document], catalog: Catalog) -> dict[str, Group]:
    kinds = {(each.api_version, each.kind): each for each in catalog if each.projection is None}
    found: dict[str, Group] = {}
    places: dict[tuple[str, str], str] = {}
    for document in documents:
        resource = _resource(document, kinds)
        key = _key(document, resource)
        if (resource.shelf, key) in places:
            raise document.error(f"a second {resource.kind} {key}", f"the first is {places[resource.shelf, key]}")
        places[resource.shelf, key] = document.place
        found.setdefault(resource.shelf, Group(resource, {})).objects[key] = document.object
    return found


def _resource(document: Document, kinds: dict[tuple[str, str], Resource]) -> Resource:
    api_version, kind = (document.object.get(name) for name in ("apiVersion", "kind"))
    if not kind or not api_version:
        raise document.error(f"{'kind' if api_version else 'apiVersion'} is missing", "is it a manifest?")
    resource = kinds.get((str(api_version), str(kind)))
    if resource is None:
        raise document.error(f"unknown kind {api_version} {kind}", "leave it out, or add its CustomResourceDefinition")
    return resource


def _key(document: Document, resource: Resource) -> str:
    metadata = document.object.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        raise document.error(f"a {resource.kind} without metadata.name", "each object needs a name")
    assert isinstance(metadata, dict)
    return f"{metadata.get('namespace') or 'default'}/{name}" if resource.namespaced else name


def _add_namespaces(groups: dict[str, Group], population: Population) -> None:
    """Namespaces that objects lie in but nobody gave."""
    shelf = population.collections[NAMESPACES.shelf]
    named = groups.setdefault(NAMESPACES.shelf, Group(NAMESPACES, {})).objects
    there = {shelf.key(position) for position in range(len(shelf))} | named.keys()
    spaced = (group for group in groups.values() if group.resource.namespaced)
    used = {key.partition("/")[0] for group in spaced for key in group.objects}
    named.update({name: {"metadata": {"name": name}} for name in sorted(used - there)})


def _body(obj: dict[str, Any], resource: Resource, key: str, maker: Maker) -> bytes:
    """The object as it is stored: with what a server adds to its metadata, without kind and apiVersion."""
    version = maker.version
    maker.version += 1
    known = maker.metadata(resource, key, version)
    metadata = {**known, **{name: value for name, value in obj["metadata"].items() if value is not None}}
    whole = {**obj, "metadata": {**metadata, "resourceVersion": str(version)}}
    resource.defaults(whole)
    return msgspec.json.encode({name: value for name, value in whole.items() if name not in {"kind", "apiVersion"}})
