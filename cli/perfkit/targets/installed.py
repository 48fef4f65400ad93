"""What an interpreter has installed. Asked in this process, or by another interpreter that runs this file's text."""

import importlib.util
import json
import platform
import sys
from importlib import metadata


def look(module: str, distributions: "list[str]") -> "tuple[bool, dict[str, str]]":
    """Whether ``module`` can be imported (it is not), and the versions of those distributions that are installed."""
    versions = {}
    for name in distributions:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return _is_there(module), {"python": platform.python_version(), **versions}


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # of its parents; or a module that hides where it came from
        return False


if __name__ == "__main__":
    json.dump(look(sys.argv[1], sys.argv[2:]), sys.stdout)
