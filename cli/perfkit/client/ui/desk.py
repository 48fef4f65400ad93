"""What is on the screen and what keys and commands do to it. Knows neither Textual nor the client: see ``Shell``."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from perfkit.client.ui import commands
from perfkit.client.ui.contexts import ContextSource
from perfkit.client.ui.helptext import HELP
from perfkit.client.ui.logs import LogPage
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

FIRST: Final = "pods"
BEGINNING: Final = commands.Show(FIRST)
FLASH: Final = 10.0  # seconds that a complaint from the background is shown
FAVOURITES: Final = 9  # namespaces that have a digit
WORKLOADS: Final = {"deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "replicationcontrollers"}


class Shell(Protocol):
    """What holds the screen."""

    def later(self, call: Callable[[], object]) -> None:
        """Call this where the screen is minded; from any thread."""

    def aside(self, call: Callable[[], object]) -> None:
        """Call this in another thread: it may wait."""

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
        self.show(show)
        self._ask("list namespaces", session.namespaces, self._know)

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
        action = self._actions().get(key)
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
            case commands.Switch(context=context):
                self._switch(context)
            case commands.Show() as show:
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
        elif not typing.press(key):
            self.typing = None
        if typing.sign == "/":  # a filter is felt while it is typed
            self.search(typing.text)

    def _actions(self) -> dict[str, Callable[[], object]]:
        return {
            ":": partial(self._begin_typing, ":"),
            "/": partial(self._begin_typing, "/"),
            "?": partial(self.push, TextPage("Help", HELP)),
            "p": self._perform,
            "q": self._quit,
            "escape": self.back,
            "ctrl+c": self._shell.leave,
            "ctrl+r": self._again,
            "d": self._describe,
            "y": self._yaml,
            "l": self._logs,
            "enter": self._enter,
        }

    def _quit(self) -> None:
        if len(self.pages) > self._first:
            self.pages.pop().close()
        else:
            self._shell.leave()

    def _again(self) -> None:
        """Begin with what is seen, or with what was begun with and failed."""
        context, show = self._beginning
        page = next((each for each in reversed(self.pages) if isinstance(each, TablePage)), None)
        if page is not None and page.source.name != "contexts":
            show = commands.Show(page.source.name, self.namespace)
        self.begin(context, show)

    def _perform(self) -> None:
        if not isinstance(self.page, PerformancePage):
            self.push(PerformancePage())

    def _favour(self, digit: int) -> None:
        if digit <= len(self.favourites):
            self._go(self.favourites[digit - 1] if digit else "")

    def _go(self, namespace: str) -> None:
        """Tables show this namespace from now on."""
        self.namespace = namespace
        page = self.page
        if not isinstance(page, TablePage) or not page.source.namespaced:
            return
        if page.problem and not page.source.synced:  # who may not see all namespaces may yet see this one
            self._open(page.source.name, Scope(namespace=namespace))
        else:
            page.go_to_namespace(namespace)

    # ---- tables

    def show(self, show: commands.Show) -> None:
        """A resource."""
        if show.namespace is not None:
            self.namespace = show.namespace
        self._open(show.resource, Scope(labels=show.labels), show.pattern)

    def _open(self, resource: str, scope: Scope, pattern: str = "") -> None:
        session = self.session
        if session is None:
            self.failure = self.failure or "not connected; ctrl-r asks again"
            return
        self._opening += 1
        opened = partial(self._opened, session, (self._opening, scope, pattern))
        self._ask(f"open {resource}", partial(session.open, resource, scope), opened)

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
        self.push(TablePage(ContextSource(names, self.session.context if self.session else current)))

    def _enter(self) -> None:
        page = self.page
        row = page.selected if isinstance(page, TablePage) else None
        if not isinstance(page, TablePage) or row is None:
            return
        match page.source.name:
            case "contexts":
                self.begin(row.name)
            case "namespaces":
                self.show(commands.Show(FIRST, row.name))
            case "nodes":
                self._open(FIRST, Scope(fields=f"spec.nodeName={row.name}"))
            case name if name in WORKLOADS:
                self._with_object(self._pods_of)
            case _:
                self._describe()

    def _pods_of(self, row: Any, whole: dict[str, Any]) -> None:
        labels = (whole.get("spec") or {}).get("selector") or {}
        labels = labels.get("matchLabels", labels) if isinstance(labels, dict) else {}
        if not labels:
            self.message = f"{row.name} selects no pods by labels"
            return
        selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
        self._open(FIRST, Scope(namespace=row.namespace, labels=selector))

    # ---- one object

    def _describe(self) -> None:
        from perfkit.client.ui.describe import describe

        session = self.session
        if session is not None:
            self._read("Describe", lambda whole: describe(whole, session))

    def _yaml(self) -> None:
        from perfkit.client.ui.describe import yaml

        self._read("YAML", yaml)

    def _read(self, what: str, text: Callable[[dict[str, Any]], str]) -> None:
        """A page of text about the object under the cursor; the text is made in another thread."""
        asked = self._asked()
        if asked is None:
            return
        session, source, row = asked
        name = f"{what}({row.namespace}/{row.name})" if row.namespace else f"{what}({row.name})"
        self._ask(what.lower(), lambda: text(session.whole(source, row)), lambda told: self.push(TextPage(name, told)))

    def _with_object(self, use: Callable[[Any, dict[str, Any]], object]) -> None:
        """Do something with the object under the cursor, once it is here."""
        asked = self._asked()
        if asked is not None:
            session, source, row = asked
            self._ask("read an object", lambda: session.whole(source, row), partial(use, row))

    def _logs(self) -> None:
        page = self.page
        if isinstance(page, TablePage) and page.source.name == FIRST:
            self._with_object(self._follow)
        else:
            self.message = "logs are those of a pod: enter shows the pods of a workload"

    def _follow(self, row: Any, whole: dict[str, Any]) -> None:
        if self.session is not None:
            self.push(LogPage(self.session, (row.namespace, row.name), whole, self._shell.later))

    def _asked(self) -> tuple[Session, Source, Any] | None:
        """Whom to ask about what, if there is anything under the cursor that a cluster knows."""
        page, session = self.page, self.session
        if not isinstance(page, TablePage) or session is None or page.source.name == "contexts":
            return None
        return None if page.selected is None else (session, page.source, page.selected)

    def _ask(self, what: str, question: Callable[[], Any], answered: Callable[[Any], object]) -> None:
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
