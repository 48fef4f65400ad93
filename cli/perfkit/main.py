"""The command line: splits off the command after ``--``, runs the subcommand, turns errors into exit codes."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from perfkit.commands import (
    bisect,
    cache,
    check,
    cluster,
    compare,
    doctor,
    export,
    history,
    init,
    link,
    listing,
    part,
    profile,
)
from perfkit.commands import report as report_command
from perfkit.commands import run as run_command
from perfkit.commands import top as top_command
from perfkit.commands.help import Command
from perfkit.errors import Exit, PerfkitError
from perfkit.views.plain import write_plainly

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_UsageError: type[BaseException] = typer.BadParameter.__mro__[
    1
]  # the parser's own error, wherever Typer keeps its parser

HELP = """How does my Kubernetes client behave, and did my last change make it worse?

Runs any client against a reproducible cluster, measures it from outside, and compares versions.
"""


def build_app() -> typer.Typer:
    """All commands. The help is plain text: rich help would cost every start 300 ms."""
    app = typer.Typer(
        name="perfkit",
        help=HELP,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_options)
    app.command("run")(run_command.run)
    app.command("compare")(compare.compare)
    app.command("check")(check.check)
    app.command("bisect")(bisect.bisect)
    app.command("profile")(profile.profile)
    app.command("top")(top_command.top)
    app.command("init")(init.init)
    app.command("doctor")(doctor.doctor)
    app.command("export")(export.export)
    app.command("history")(history.history)
    app.command("report")(report_command.report)
    app.command("list")(listing.list_)
    app.command("part", hidden=True)(part.part)
    app.add_typer(cluster.app, name="cluster")
    app.add_typer(link.app, name="link")
    app.add_typer(cache.app, name="cache")
    for each in (app, cluster.app, link.app, cache.app):
        for command in each.registered_commands:
            command.cls = Command
    return app


def _options(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    _debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    if version:
        from perfkit import __version__

        sys.stdout.write(f"perfkit {__version__}\n")
        raise typer.Exit


def run(arguments: Sequence[str]) -> int:
    """Run one command line; the exit code. Every error a user can meet becomes one line on stderr here."""
    signal.signal(signal.SIGTERM, _interrupt)
    write_plainly(sys.stdout, sys.stderr)
    own, words = split_command(arguments)
    if "--debug" in own:
        os.environ["PERFKIT_DEBUG"] = "1"
        own = [word for word in own if word != "--debug"]
    try:
        code = build_app()(args=own, obj=words, standalone_mode=False, prog_name="perfkit")
    except PerfkitError as error:
        return _report(error.message, error.advice, error.exit_code, error)
    except _UsageError as error:
        where, message = _parser_message(error)
        if type(error).__name__ == "NoArgsIsHelpError":  # what is wrong is the help itself
            sys.stderr.write(f"{message}\n")
            return Exit.USAGE
        return _report(f"{where}: {message}", f"see {where} --help", Exit.USAGE, error)
    except (typer.Abort, KeyboardInterrupt) as error:
        return _report("interrupted", "", Exit.INTERRUPTED, error)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing is left to say, nor anywhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception as error:  # noqa: BLE001 - the last resort: no traceback without --debug, and never exit code 1
        return _report(f"internal error: {error!r}", "please report it, with what --debug shows", Exit.INTERNAL, error)
    if code == Exit.INTERRUPTED:  # the parser's word for Ctrl-C in a command that has nothing to keep
        sys.stderr.write("perfkit: interrupted\n")
    return code if isinstance(code, int) else Exit.OK


def split_command(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """``run startup -- kubectl get pods`` → ``([run, startup], [kubectl, get, pods])``."""
    arguments = list(arguments)
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser_message(error: BaseException) -> tuple[str, str]:
    """In which command the parser found something wrong, and what, in its words."""
    message = str(getattr(error, "format_message", lambda: str(error))())
    context = getattr(error, "ctx", None)
    where = getattr(context, "command_path", "perfkit")
    return where, message.replace("Value error, ", "")


def _report(message: str, advice: str, code: Exit, error: BaseException) -> int:
    if os.environ.get("PERFKIT_DEBUG"):
        import traceback

        traceback.print_exception(error)
    lines = f"perfkit: {message}\n" + (f"  {advice}\n" if advice else "")
    sys.stderr.write(lines)
    return code


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM ends perfkit the way Ctrl-C does: in order, with what had finished kept."""
    raise KeyboardInterrupt
