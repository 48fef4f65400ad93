"""What lets a client in, kept fresh: a token's file is read again, an exec plug-in asked again, as client-go does it.

A plug-in is asked when what it gave has run out, and when the server answers 401. Many threads may find that out at
once: one asks, the others wait for what it brings.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit.client import plugins
from perfkit.client.problems import AccessError, LoginError

if TYPE_CHECKING:
    from collections.abc import Callable

    from perfkit.client.access import Access

_TOKEN_AGE: Final = 60.0  # seconds; a token's file is read again after so long, as client-go does
_CALM: Final = 10.0  # seconds between two renewals that were for a 401: what is refused when fresh stays refused


class Credentials:
    """For any thread. ``renewed`` is called with what holds from then on, before anybody else gets to see it.

    ``clock`` tells seconds since the epoch.
    """

    def __init__(
        self,
        access: Access,
        renewed: Callable[[Access], object] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.access = access
        self.version = 0  # counts renewals
        self._renewed, self._clock = renewed, clock
        self._read = clock()  # when the token's file was, last
        self._calmed = float("-inf")
        self._lock = threading.Lock()

    @property
    def due(self) -> bool:
        """Whether they are to be renewed before they are used again."""
        access = self.access
        if access.token_file:
            return self._clock() - self._read > _TOKEN_AGE
        return bool(access.expires) and self._clock() > access.expires

    def headers(self) -> tuple[int, dict[str, str]]:
        """What a request says of who asks, and the ``version`` that this is. Raises LoginError: see ``refresh``."""
        self.refresh()
        version = self.version  # before the headers: these may be newer, but never older
        return version, self.access.headers

    def refresh(self) -> None:
        """Renew what is due. Raises LoginError: its plug-in does not let us."""
        if self.due:
            with self._lock:
                if self.due:  # still, now that it is our turn
                    self._renew()

    def refused(self, version: int) -> bool:
        """The server answered 401 to what held at ``version``: whether there is something better by now.

        Raises LoginError: its plug-in does not let us.
        """
        with self._lock:
            if self.version != version:
                return True
            if self._clock() - self._calmed < _CALM:
                return False
            self._calmed = self._clock()
            self._renew()
            return self.version != version

    def _renew(self) -> None:
        if self.access.token_file:
            self._read_file()
        elif self.access.login is not None:
            self._ask(self.access.login)

    def _read_file(self) -> None:
        """Read what whoever renews it writes anew; a file that is not there leaves the last one."""
        self._read = self._clock()
        try:
            token = Path(self.access.token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return
        if token and token != self.access.token:
            self._hold(msgspec.structs.replace(self.access, token=token))

    def _ask(self, login: plugins.Login) -> None:
        try:
            self._hold(self.access.let_in(plugins.ask_quietly(login)))
        except AccessError as error:
            raise LoginError(
                f"{self.access.server}: the login cannot be renewed: {error.message}", error.advice
            ) from error

    def _hold(self, access: Access) -> None:
        self._renewed(access)
        self.access = access
        self.version += 1
