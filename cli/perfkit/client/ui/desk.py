"""What is on the screen and what keys and commands do to it. Knows neither Textual nor the client: see ``Shell``."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from perfkit.client.ui import commands
from perfkit.client.ui.actions import PODS, Actions
from perfkit.client.ui.fixed import aliases, contexts
from perfkit.client.ui.helptext import HELP
from perfkit.client.ui.history import History
from perfkit.client.ui.performance import PerformancePage
from perfkit.client.ui.session import Scope
from perfkit.client.ui.table import TablePage
from perfkit.client.ui.text import TextPage
from perfkit.client.ui.typing import Typing
from perfkit.errors import PerfkitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from perfkit.client.ui.page import Page
    from perfkit.client.ui.session import Session
    from perfkit.client.ui.table import Source

BEGINNING: Final = commands.Show(PODS)
FLASH: Final = 10.0  # seconds that a complaint from the background is shown
FAVOURITES: Final = 9  # namespaces that have a digit
PLACELESS: Final = {"contexts", "aliases", "containers"}  # tables that are of no resource
LABELS: Final = "-l "  # what a filter by labels begins with
MOST_PAGES: Final = 20  # that are kept to go back to: each table follows its resource


class Shell(Protocol):
    """What holds the screen."""

    def later(self, call: Callable[[], object]) -> None:
        """Call this where the screen is minded; from any thread."""

    def aside(self, call: Callable[[], object]) -> None:
        """Call this in another thread: it may wait."""

    def copy(self, text: str) -> None:
        """Into the clipboard of the terminal."""

    def leave(self) -> None:
        """End the program."""


class Cluster(Protocol):
    """The contexts of a kubeconfig."""

    def connect(self, context: str) -> Session:
        """Begin with a context; empty: the current one. May wait for a login. Raises PerfkitError."""

    def contexts(self) -> tuple[Sequence[str], str]:
        """Names of all, and the current one. Raises PerfkitError."""


class Desk:
    """Pages upon pages; the last one is seen."""

    def __init__(self, cluster: Cluster, shell: Shell, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster = cluster
        self._shell = shell
        self._clock = clock
        self.session: Session | None = None
        self.pages: list[Page] = []
        self.namespace = ""  # that tables show; empty: all
        self.favourites: list[str] = []  # namespaces with a digit, from 1 on
        self.message = ""
        self.failure = ""  # said until something works
        self._beginning = "", BEGINNING
        self._opening = 0  # tables asked for so far
        self._complaint = ("", 0.0)  # of something in the background, and when
        self.typing: Typing | None = None  # the line in which something is being typed
        self._history = History()
        self._keys = self._own_keys() | Actions(self).keys

    # ---- beginning

    def begin(self, context: str = "", show: commands.Show = BEGINNING) -> None:
        """Go to a context and show this of it; what stands against it is said."""
        self._beginning = context, show
        self._shell.aside(partial(self._connect, context, show))

    def _connect(self, context: str, show: commands.Show) -> None:
        """In another thread: a login may ask a person."""
        try:
            session = self._cluster.connect(context)
        except PerfkitError as error:
            self._shell.later(partial(self.fail, error))
        else:
            self._shell.later(partial(self._connected, session, show))

    def _connected(self, session: Session, show: commands.Show) -> None:
        self.end()
        self.session, self.failure, self.namespace, self.favourites = session, "", "", []
        session.hear(lambda line: self._shell.later(partial(self._complain, line)))
        self._history.add(show)
        self.show(show)
        self.ask("list namespaces", session.namespaces, self._know)

    def end(self) -> None:
        """Close all pages and what they look at."""
        while self.pages:
            self.pages.pop().close()
        session, self.session = self.session, None
        if session is not None:
            self._shell.aside(session.close)

    def _know(self, namespaces: Sequence[str]) -> None:
        ordered = sorted(namespaces, key=lambda name: (name != "default", name))
        self.favourites = ordered[:FAVOURITES]

    # ---- what is seen

    @property
    def page(self) -> Page | None:
        """What is seen."""
        return self.pages[-1] if self.pages else None

    @property
    def problem(self) -> str:
        """What is wrong, in a line; empty when nothing is."""
        lasting = self.failure or (self.page.problem if self.page else "")
        complaint, at = self._complaint
        return lasting or (complaint if self._clock() - at < FLASH else "")

    def fail(self, error: PerfkitError) -> None:
        """Say what went wrong; the rest goes on."""
        self.failure = f"{error.message}; {error.advice}" if error.advice else error.message

    def _complain(self, line: str) -> None:
        self._complaint = line, self._clock()

    def push(self, page: Page) -> None:
        """Show a page, above the one that is seen."""
        self.pages.append(page)
        if len(self.pages) > MOST_PAGES:
            self.pages.pop(1).close()
        self._forget()

    def back(self) -> None:
        """Undo the filter; else the page before, and from the first one out."""
        page = self.page
        if page is not None and page.pattern:
            page.search("")
        elif len(self.pages) > self._first:
            self.pages.pop().close()
        self._forget()

    @property
    def _first(self) -> int:
        """Pages that are not gone back from: the first table, and none while there is no cluster."""
        return 1 if self.session else 0

    def _forget(self) -> None:
        """What was said is over; but not that there is no cluster."""
        self.message = ""
        if self.session:
            self.failure = ""

    # ---- keys and commands

    def press(self, key: str) -> None:
        """A key, by Textual's name, or the character that it is."""
        if self.typing is not None:
            self._type(self.typing, key)
            return
        page = self.page
        if page is not None and page.press(key):
            return
        action = self._keys.get(key)
        if action is not None:
            action()
        elif key.isdecimal() and len(key) == 1:
            self._favour(int(key))

    def command(self, text: str) -> None:
        """What was typed after a colon."""
        match commands.parse(text):
            case commands.Quit():
                self._shell.leave()
            case commands.Help():
                self.push(TextPage("Help", HELP))
            case commands.Performance():
                self._perform()
            case commands.Aliases():
                self._aliases()
            case commands.Switch(context=context):
                self._switch(context)
            case commands.Show(context=context) as show if context:
                self.begin(context, msgspec.structs.replace(show, context=""))
            case commands.Show() as show:
                self._history.add(show)
                self.show(show)

    def search(self, pattern: str) -> None:
        """What was typed after a slash."""
        if self.page is not None:
            self.page.search(pattern)

    def paste(self, text: str) -> None:
        """Text that came at once: into the line, if there is one."""
        if self.typing is not None:
            self.typing.insert(text)

    def _begin_typing(self, sign: str) -> None:
        pattern = self.page.pattern if sign == "/" and self.page is not None else ""
        self.typing = Typing(sign, pattern, self.session.names if self.session else tuple)

    def _type(self, typing: Typing, key: str) -> None:
        if key == "enter":
            self.typing = None
            if typing.sign == ":":
                self.command(typing.text)
            elif typing.text.startswith(LABELS):
                self._narrow(typing.text.removeprefix(LABELS).strip())
        elif not typing.press(key):
            self.typing = None
        if typing.sign == "/" and not typing.text.startswith(LABELS):  # a filter is felt while it is typed
            self.search(typing.text)

    def _narrow(self, labels: str) -> None:
        """Only objects with these labels: the server chooses them."""
        page = self.page
        if isinstance(page, TablePage) and labels:
            self.search("")
            self.show(commands.Show(page.source.name, labels=labels))

    def _own_keys(self) -> dict[str, Callable[[], object]]:
        return {
            ":": partial(self._begin_typing, ":"),
            "/": partial(self._begin_typing, "/"),
            "?": lambda: self.push(TextPage("Help", HELP)),
            "ctrl+p": self._perform,
            "ctrl+a": self._aliases,
            "[": partial(self._travel, -1),
            "]": partial(self._travel, 1),
            "-": self._return,
            "q": self._quit,
            "escape": self.back,
            "ctrl+c": self._shell.leave,
            "ctrl+r": self._again,
        }

    def copy(self, text: str) -> None:
        """Into the clipboard of the terminal, which may not let it."""
        self._shell.copy(text)
        self.message = f"copied: {text}"

    def _travel(self, step: int) -> None:
        show = self._history.travel(step)
        if show is not None:
            self.show(show)

    def _return(self) -> None:
        """To what was commanded before, and back."""
        show = self._history.swap()
        if show is not None:
            self.show(show)

    def _aliases(self) -> None:
        session = self.session
        if session is not None:
            self.ask("discover", session.resources, lambda found: self.push(TablePage(aliases(found))))

    def _quit(self) -> None:
        if len(self.pages) > self._first:
            self.pages.pop().close()
        else:
            self._shell.leave()

    def _again(self) -> None:
        """Begin with what is seen, or with what was begun with and failed."""
        context, show = self._beginning
        page = next((each for each in reversed(self.pages) if isinstance(each, TablePage)), None)
        if page is not None and page.source.name not in PLACELESS:
            show = commands.Show(page.source.name, self.namespace)
        self.begin(context, show)

    def _perform(self) -> None:
        if not isinstance(self.page, PerformancePage):
            self.push(PerformancePage())

    def _favour(self, digit: int) -> None:
        if digit <= len(self.favourites):
            self.go(self.favourites[digit - 1] if digit else "")

    def go(self, namespace: str) -> None:
        """Tables show this namespace from now on."""
        self.namespace = namespace
        page = self.page
        if not isinstance(page, TablePage) or not page.source.namespaced:
            return
        if page.problem and not page.source.synced:  # who may not see all namespaces may yet see this one
            self.open(page.source.name, Scope(namespace=namespace))
        else:
            page.go_to_namespace(namespace)

    # ---- tables

    def show(self, show: commands.Show) -> None:
        """A resource."""
        if show.namespace is not None:
            self.namespace = show.namespace
        self.open(show.resource, Scope(labels=show.labels), show.pattern)

    def open(self, resource: str, scope: Scope, pattern: str = "") -> None:
        """Some objects of a resource, once they can be had."""
        session = self.session
        if session is None:
            self.failure = self.failure or "not connected; ctrl-r asks again"
            return
        self._opening += 1
        opened = partial(self._opened, session, (self._opening, scope, pattern))
        self.ask(f"open {resource}", partial(session.open, resource, scope), opened)

    def _opened(self, session: Session, asked: tuple[int, Scope, str], source: Source) -> None:
        number, scope, pattern = asked
        if number != self._opening:  # something else was asked for since
            session.release(source)
            return
        narrow = source.namespaced and not scope.fields  # a node has pods of all namespaces
        page = TablePage(source, self.namespace if narrow else "", str(scope), closed=partial(session.release, source))
        if pattern:
            page.search(pattern)
        self.push(page)

    def _switch(self, context: str) -> None:
        if context:
            self.begin(context)
            return
        try:
            names, current = self._cluster.contexts()
        except PerfkitError as error:
            self.fail(error)
            return
        self.push(TablePage(contexts(names, self.session.context if self.session else current)))

    def ask(self, what: str, question: Callable[[], Any], answered: Callable[[Any], object]) -> None:
        """Ask in another thread, go on here; an answer for a context that was left is dropped."""
        session = self.session
        if session is None:
            return

        def here(call: Callable[[], object]) -> None:
            if self.session is session:
                call()

        session.ask(
            what,
            question,
            lambda answer: self._shell.later(partial(here, partial(answered, answer))),
            lambda error: self._shell.later(partial(here, partial(self.fail, error))),
        )
