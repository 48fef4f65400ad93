"""Builds the oracle's kernel from Debian's sources: ``python -m benchmarks.link_accuracy.kernel`` (3 minutes, no root).

Debian's ready-made ``user-mode-linux`` has no time travel; with it neither this machine's load nor its speed is in the
oracle's numbers, and an hour of transfers takes minutes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "perfkit" / "link-oracle"
KERNEL = CACHE / "linux"
SOURCES = Path("/usr/src")
PACKAGES = "linux-source make gcc flex bison bc xz-utils"
# User mode's fixed 100 Hz is coarser than any distribution's kernel: it rounds TCP's timers up to 10 ms.
SLOW_TICK, TICK = "config HZ\n\tint\n\tdefault 100\n", "config HZ\n\tint\n\tdefault 250\n"


def main() -> None:
    """Build the kernel unless it is there."""
    if not KERNEL.exists():
        build()
    print(KERNEL)


def build() -> None:
    """Unpack, configure, make. Exits with what to install when the sources are missing."""
    archives = sorted(SOURCES.glob("linux-source-*.tar.xz"))
    if not archives:
        sys.exit(f"link_oracle: no kernel sources in {SOURCES}: apt-get install {PACKAGES}")
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run(("tar", "-xf", archives[-1], "-C", CACHE), check=True)
    tree = CACHE / archives[-1].name.removesuffix(".tar.xz")
    options = tree / "arch" / "um" / "Kconfig"
    text = options.read_text()
    assert SLOW_TICK in text, "user mode's tick is set elsewhere in these sources"
    options.write_text(text.replace(SLOW_TICK, TICK))
    _make(tree, f"KCONFIG_ALLCONFIG={HERE / 'kernel.config'}", "allnoconfig")
    _make(tree, f"-j{os.cpu_count()}", "linux")
    (tree / "linux").rename(KERNEL)


def _make(tree: Path, *what: str) -> None:
    subprocess.run(("make", "-s", "-C", tree, "ARCH=um", *what), check=True)


if __name__ == "__main__":
    main()
