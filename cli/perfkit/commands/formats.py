"""Formats of what commands write to stdout: what ``-o`` takes."""

from __future__ import annotations

from enum import StrEnum


class TableOrJson(StrEnum):
    """For a person, or for a program."""

    TABLE = "table"
    JSON = "json"


class RequestsOutput(StrEnum):
    """Requests are many: also as rows."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class TableJsonOrMarkdown(StrEnum):
    """Also to be pasted."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class Output(StrEnum):
    """Of results."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    CSV = "csv"
    HTML = "html"


class CheckOutput(StrEnum):
    """Of results that a CI reads."""

    TABLE = "table"
    GITHUB = "github"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
