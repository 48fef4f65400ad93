"""The line in which commands and filters are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from perfkit.client.ui.commands import completed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.events import Key


class Prompt(Input):
    """``kind`` is ``:`` or ``/``, and the first thing in the line."""

    class Typed(Message):
        """The text is another one."""

        def __init__(self, kind: str, text: str) -> None:
            super().__init__()
            self.kind, self.text = kind, text

    class Done(Typed):
        """Enter was pressed."""

    class Left(Message):
        """Escape was pressed."""

    def __init__(self, suggestions: Callable[[], Sequence[str]]) -> None:
        super().__init__(id="prompt", compact=True, select_on_focus=False, disabled=True)
        self.cursor_blink = False
        self.kind = ""
        self._suggestions = suggestions

    def begin(self, kind: str, text: str) -> None:
        """Type after this sign, beginning with that text."""
        self.kind = kind
        self.disabled = False
        self.suggester = _Names(self._suggestions()) if kind == ":" else None
        with self.prevent(Input.Changed):
            self.value = kind + text
        self.cursor_position = len(self.value)
        self.focus()

    def end(self) -> None:
        """No more typing: keys go elsewhere."""
        self.disabled = True

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what stands behind the sign; without it the prompt is left."""
        event.stop()
        if not event.value.startswith(self.kind):
            self.post_message(self.Left())
        else:
            self.post_message(self.Typed(self.kind, event.value[1:]))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Tell that it is done."""
        event.stop()
        self.post_message(self.Done(self.kind, event.value[1:]))

    def on_key(self, event: Key) -> None:
        """Escape leaves, tab completes."""
        if event.key == "escape":
            self.post_message(self.Left())
        elif event.key == "tab":
            self.action_cursor_right()  # takes the suggestion
        else:
            return
        event.stop()
        event.prevent_default()


class _Names(Suggester):
    """Completes the first word."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = names

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line as it may be meant."""
        typed = value[1:]
        found = completed(typed, self._names)
        return value[:1] + found if found != typed else None
