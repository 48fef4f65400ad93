"""Field numbers of Kubernetes' protobuf messages, read from the tags in its Go types.

``python tests/support/go_types.py API APIMACHINERY`` (checkouts of kubernetes/api and kubernetes/apimachinery, both
Apache-2.0) writes what perfkit ships: numbers, names and kinds of fields; no prose, no code.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from perfkit.mock.wire.protobuf import PATH

GROUPS = [
    "core/v1",
    "apps/v1",
    "batch/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "authentication/v1",
    "authorization/v1",
    "coordination/v1",
    "discovery/v1",
    "events/v1",
    "networking/v1",
    "policy/v1",
    "rbac/v1",
    "storage/v1",
    "scheduling/v1",
    "admissionregistration/v1",
    "certificates/v1",
    "flowcontrol/v1",
    "node/v1",
    "resource/v1",
    "storagemigration/v1",
]
META = "meta/v1"
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_ALIAS = re.compile(r"^type (\w+) ((?:\[\]|map\[)?[\w.\]]+)$", re.MULTILINE)
_FIELD = re.compile(r'^\s+(?:\w+\s+)?(\S+)\s+`json:"([^"]*)"[^`]*protobuf:"([^"]*)"', re.MULTILINE)
_IMPORT = re.compile(r'^\s+(?:(\w+) )?"k8s\.io/(api/[\w/]+|apimachinery/[\w/]+)"', re.MULTILINE)
_SCALARS = {"string": "string", "bool": "bool", "int32": "int", "int64": "int", "int": "int", "uint32": "int"}
_SPECIAL = {
    "resource.Quantity": "quantity",
    "intstr.IntOrString": "int-or-string",
    "runtime.RawExtension": "raw",
    "runtime.Object": "raw",
    "types.UID": "string",
    "types.NodeName": "string",
}
_META_SPECIAL = {"Time": "time", "MicroTime": "time", "FieldsV1": "raw"}


class Package:
    """The types of one Go package. ``place`` is its group and version."""

    def __init__(self, place: str, folder: Path, elsewhere: dict[str, Package]) -> None:
        files = [path for path in sorted(folder.glob("*.go")) if not path.name.startswith("zz_generated")]
        texts = [path.read_text() for path in files if "generated.pb" not in path.name and "_test" not in path.name]
        self.place = place
        self.elsewhere = elsewhere
        self.text = "\n".join(texts)
        self.aliases = dict(_ALIAS.findall(self.text))
        self.structs = dict(_STRUCT.findall(self.text))
        self.imports = {name or path.rsplit("/", 1)[1]: path for name, path in _IMPORT.findall(self.text)}

    def kind(self, go_type: str) -> str:
        """What a field of a Go type holds: a scalar, a special form, or the message's name after ``m:``."""
        go_type = go_type.removeprefix("*")
        if go_type in _SPECIAL:
            return _SPECIAL[go_type]
        if go_type in _SCALARS:
            return _SCALARS[go_type]
        prefix, _, name = go_type.rpartition(".")
        if prefix:
            path = self.imports[prefix]
            place = META if path.endswith("apis/meta/v1") else path.removeprefix("api/")
            if place == META and name in _META_SPECIAL:
                return _META_SPECIAL[name]
            return self.elsewhere[place].kind(name) if place in self.elsewhere else ""
        if self.place == META and name in _META_SPECIAL:
            return _META_SPECIAL[name]
        if self.aliases.get(name) == "[]string":
            return "strings"  # a list within a map is a message of its own
        return self.kind(self.aliases[name]) if name in self.aliases else f"m:{self.place}.{name}"

    def resolved(self, go_type: str) -> str:
        """What a name stands for, where it is one for a map, here or in another package."""
        while go_type in self.aliases and go_type not in _SCALARS:
            go_type = self.aliases[go_type]
        prefix, _, name = go_type.rpartition(".")
        other = self.elsewhere.get(self.imports.get(prefix, "").removeprefix("api/"))
        stands = other.resolved(name) if other else ""
        return stands if stands.startswith("map[") else go_type

    def field(self, go_type: str, json_tag: str, protobuf_tag: str) -> list[object]:
        """Number, JSON name (empty: within the parent), kind, and whether a zero counts as left out."""
        _, number, *_ = protobuf_tag.split(",")
        name, *options = json_tag.split(",")
        omitted = "omitempty" in options and not go_type.startswith("*")
        bare = self.resolved(go_type.removeprefix("*"))
        if bare == "[]byte":
            kind = "bytes"
        elif bare.startswith("[]"):
            kind = f"[]{self.kind(bare[2:])}"
        elif bare.startswith("map["):
            value = bare.partition("]")[2]
            kind = f"map:{'bytes' if value == '[]byte' else self.kind(value)}"
        else:
            kind = self.kind(go_type)
        return [int(number), name, kind, omitted]

    def messages(self) -> dict[str, list[list[object]]]:
        """The fields of all messages."""
        found = {}
        for name, body in self.structs.items():
            fields = [self.field(*match) for match in _FIELD.findall(body)]
            if fields:
                found[f"{self.place}.{name}"] = [field for field in fields if field[2] not in {"", "[]"}]
        return found


def derived(api: Path, apimachinery: Path) -> dict[str, list[list[object]]]:
    """What the shipped file must hold."""
    packages: dict[str, Package] = {}
    for place in GROUPS:
        packages[place] = Package(place, api / place, packages)
    packages[META] = Package(META, apimachinery / "pkg/apis/meta/v1", packages)
    messages: dict[str, list[list[object]]] = {}
    for package in packages.values():
        messages |= package.messages()
    return messages


if __name__ == "__main__":
    found = derived(Path(sys.argv[1]), Path(sys.argv[2]))
    PATH.write_text(json.dumps(found, separators=(",", ":"), sort_keys=True) + "\n")
