"""The course of a bisection: show that the ends differ, narrow down, prove the commit found beside its parent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from perfkit import bundled
from perfkit.commands.bisection.lab import Lab, compared, row_of, seconds_a_pair
from perfkit.errors import Exit, NotComparableError, TargetError, UsageError
from perfkit.model.bisection import Crossing
from perfkit.model.units import format_duration
from perfkit.statistics.analysis import limits_of
from perfkit.statistics.bisection import Search, answers_needed
from perfkit.statistics.crossing import ERROR, ERROR_EXACT, LOOKS, crossing, judged_alone, pairs, threshold
from perfkit.storage.bisections import Asked
from perfkit.targets.repository import Commit, Repository
from perfkit.views.bisection import Report, Step
from perfkit.views.console import stderr
from perfkit.views.text import counted, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfkit.model.limits import Limit
    from perfkit.model.metrics import Metric
    from perfkit.model.result import Result
    from perfkit.model.scenario import TargetSpec
    from perfkit.statistics.analysis import Comparison
    from perfkit.statistics.bisection import Suspects
    from perfkit.storage.bisections import Book, Find
    from perfkit.targets.repository import Ancestor

GOOD: Final = "good"  # name of the good commit's target
PARENT: Final = "parent"


@dataclass(frozen=True, slots=True)
class Pursuit:
    """One bisection under way."""

    lab: Lab
    lineage: tuple[Ancestor, ...]

    @classmethod
    def of(cls, book: Book) -> Pursuit:
        """That of a book. Raises UsageError: its commits are not in the repository around."""
        project = bundled.project_root()
        repository = Repository.around(project)
        ends = Commit(*book.now.good), Commit(*book.now.bad)
        lineage = repository.lineage(*ends, first_parent=book.now.first_parent)
        return cls(Lab(book, repository, project), lineage)

    @property
    def book(self) -> Book:
        """What is known so far."""
        return self.lab.book

    @property
    def good(self) -> Commit:
        """The good end."""
        return Commit(*self.book.now.good)

    @property
    def bad(self) -> Commit:
        """The bad end."""
        return Commit(*self.book.now.bad)

    def pursue(self) -> Report:
        """The whole search; every step is on disk before the next."""
        with self.lab.version(self.good, GOOD) as base:
            if self.book.now.threshold is None:
                self._show_ends(base)
            self._tell_plan(self._answer_error())
            search = self._search(base)
            suspects = search.suspects()
            proof = self._prove(suspects)
        return self._report(suspects, proof)

    def rehearse(self) -> Exit:
        """Build both ends and warm them up, and tell what the whole would take."""
        self._open_question(Asked(commit=self.bad.id, base=self.good.id))
        with self.lab.version(self.good, GOOD) as base, self.lab.version(self.bad, self.bad.short) as head:
            self.lab.sit((base, head), LOOKS[0], self.lab.scenario.repeat.max_time, dry_run=True)
        assert self.lab.plan is not None
        self._tell_time(self.lab.plan.seconds_per_block, ERROR_EXACT if self.lab.metric.kind == "count" else ERROR)
        return Exit.OK

    def _show_ends(self, base: TargetSpec) -> None:
        """Make sure that bad is bad; half of how bad it is is the threshold from then on."""
        now = self.book.now
        limits = limits_of(now.scenario, self.lab.metric)
        _say(f"is {self.bad.named} different? {self.lab.metric.name} against {self.good.named}")
        self._open_question(Asked(commit=self.bad.id, base=self.good.id))
        with self.lab.version(self.bad, self.bad.short) as head:
            result = self.lab.pursue(
                (base, head),
                self.lab.looks(),
                lambda found: _tells_ends_apart(found, self.lab.metric, limits),
            )
        assert result is not None
        comparison = compared(result)
        if comparison.failures.verdict == "base_failed":
            raise TargetError(
                f"{self.good.named}: {comparison.failures.reason}", "is it the right --good, and --build?"
            )
        sought = threshold(*pairs(result), self.lab.metric, limits)
        if sought is None:
            raise _indifferent(comparison, self.lab.metric, (self.good, self.bad))
        found: Find = "improved" if sought.size is not None and sought.size < 0 else "regressed"
        if found != now.find:
            raise UsageError(
                f"{self.lab.metric.name} {found} from {self.good.named} to {self.bad.named}: "
                f"{_change(comparison, self.lab.metric)}",
                f"to find where: --find {found}",
            )
        side = crossing(*pairs(result), self.lab.metric, sought)
        answer = Crossing(side="bad", error=side.error or ERROR)
        self.book.keep(threshold=sought, asked=(msgspec.structs.replace(self.book.now.asked[0], answer=answer),))
        _say(f"  yes: {_change(comparison, self.lab.metric)}, {counted(comparison.pairs, 'pair')}")

    def _search(self, base: TargetSpec) -> Search:
        search = Search([ancestor.parents for ancestor in self.lineage])
        places = {ancestor.id: place for place, ancestor in enumerate(self.lineage)}
        for asked in self.book.now.asked[1:]:
            if not asked.proof:
                _learn(search, places[asked.commit], asked)
        while (place := search.next()) is not None:
            _learn(search, place, self._ask(base, self.lineage[place]))
        return search

    def _ask(self, base: TargetSpec, ancestor: Ancestor) -> Asked:
        """Is this commit bad? A commit that cannot be built or tried, or stays unclear, is skipped."""
        sought, metric = self.book.now.threshold, self.lab.metric
        assert sought is not None
        _say(f"asking {ancestor.short} {ancestor.subject}")
        self._open_question(Asked(commit=ancestor.id, base=self.good.id))
        try:
            with self.lab.version(Commit(ancestor.id, ancestor.short), ancestor.short) as head:
                result = self.lab.pursue(
                    (base, head),
                    self.lab.looks(),
                    lambda found: _base_fails(found) or crossing(*pairs(found), metric, sought).side != "unclear",
                )
        except TargetError as error:
            return self._close(skipped=error.message)
        assert result is not None
        comparison = compared(result)
        answer = crossing(*pairs(result), metric, sought)
        _say(f"  {self._word(answer)}: {_change(comparison, metric)}, {counted(comparison.pairs, 'pair')}")
        if answer.side == "broken" or _base_fails(result):
            return self._close(skipped=comparison.failures.reason)
        if answer.side == "unclear":
            return self._close(skipped=f"unclear after {counted(comparison.pairs, 'pair')}")
        return self._close(answer=answer)

    def _prove(self, suspects: Suspects) -> Asked | None:
        """The commit beside the one before it; None where several are suspected, or one that has no parent."""
        ancestor = self.lineage[suspects.commits[0]]
        if len(suspects.commits) != 1 or not ancestor.first_parent:
            return None
        before = Commit(ancestor.first_parent, ancestor.first_parent[:7])
        _say(f"comparing {ancestor.short} with its parent {before.short}")
        self._open_question(Asked(commit=ancestor.id, base=before.id, proof=True))
        try:
            with (
                self.lab.version(before, PARENT) as parent,
                self.lab.version(Commit(ancestor.id, ancestor.short), ancestor.short) as head,
            ):
                self.lab.pursue((parent, head), self.lab.verdict_looks(), self._has_verdict)
        except TargetError as error:
            return self._close(skipped=error.message)
        return self._close()

    def _has_verdict(self, result: Result) -> bool:
        comparison = compared(result)
        return row_of(comparison, self.lab.metric).verdict != "unclear" or comparison.failures.verdict != "ok"

    def _open_question(self, question: Asked) -> None:
        """Begin a question, or go on with the one that was open when perfkit ended."""
        last = self.book.now.asked[-1] if self.book.now.asked else None
        if last is None or msgspec.structs.replace(last, sittings=()) != question:
            self.book.keep(asked=(*self.book.now.asked, question))

    def _close(self, answer: Crossing | None = None, skipped: str = "") -> Asked:
        if skipped:
            _say(f"  skipped: {skipped}")
        closed = msgspec.structs.replace(self.book.now.asked[-1], answer=answer, skipped=skipped)
        self.book.update(closed)
        return closed

    # ---- what is told

    def _word(self, answer: Crossing) -> str:
        words = {"bad": "bad", "good": "good"} if self.book.now.find == "regressed" else {"bad": "new", "good": "old"}
        return words.get(answer.side, answer.side)

    def _answer_error(self) -> float:
        answer = self.book.now.asked[0].answer
        assert answer is not None
        return answer.error

    def _tell_plan(self, error: float) -> None:
        result = self.book.result(self.book.now.asked[0])
        assert result is not None
        self._tell_time(seconds_a_pair(result), error)

    def _tell_time(self, pair: float, error: float) -> None:
        """``plan: 12 commits · about 5 questions, each a build (2.1 s) and 10 to 60 pairs of 1.4 s · 1m30s to 8m``."""
        questions = answers_needed([ancestor.parents for ancestor in self.lineage], error)
        few, many = LOOKS[0] if error == ERROR_EXACT else LOOKS[1], self.lab.scenario.repeat.pairs[-1]
        most = min(many * pair, self.lab.scenario.repeat.max_time)
        build = self.lab.build_seconds
        low, high = (format_duration((questions + 1) * (build + each)) for each in (few * pair, most))
        _say(
            f"plan: {counted(len(self.lineage), 'commit')} · about {counted(questions, 'question')} and a comparison "
            f"with the parent · {format_duration(pair)} a pair, {format_duration(build)} a build · {low} to {high}"
        )

    def _report(self, suspects: Suspects, proof: Asked | None) -> Report:
        asked = [each for each in self.book.now.asked if not each.proof]
        commits = {ancestor.id: ancestor for ancestor in self.lineage}
        found = tuple(self.lineage[place] for place in suspects.commits)
        shown = proof
        if len(found) == 1 and (proof is None or proof.skipped):
            shown = next((each for each in asked if each.commit == found[0].id), None)
        comparison = _pooled(self.book, shown) if shown is not None else None
        return Report(
            bisection=self.book.now,
            folder=self.book.folder,
            steps=tuple(self._step(each, commits[each.commit]) for each in asked),
            suspects=found,
            probability=suspects.probability,
            comparison=comparison,
            doubt="" if comparison is None else _doubt(comparison, self.lab.metric, self.book.now.find),
        )

    def _step(self, asked: Asked, ancestor: Ancestor) -> Step:
        return Step(
            commit=ancestor,
            answer="skipped" if asked.answer is None else self._word(asked.answer),
            reason=asked.skipped,
            result=self.book.result(asked),
        )


def _learn(search: Search, place: int, asked: Asked) -> None:
    if asked.answer is not None:
        search.answer(place, bad=asked.answer.side == "bad", error=asked.answer.error)
    elif asked.skipped:
        search.skip(place)


def _pooled(book: Book, asked: Asked) -> Comparison | None:
    result = book.result(asked)
    return None if result is None else compared(result)


def _tells_ends_apart(result: Result, metric: Metric, limits: Sequence[Limit]) -> bool:
    """Whether it is clear that the ends differ, or that they do not."""
    failures = compared(result).failures.verdict
    return failures != "ok" or judged_alone(*pairs(result), metric, limits).verdict != "unclear"


def _base_fails(result: Result) -> bool:
    """Whether the good side never works, so that there is nothing to compare with."""
    return compared(result).failures.verdict == "base_failed"


def _change(comparison: Comparison, metric: Metric) -> str:
    """``+83 %``, or what failed."""
    if comparison.failures.head_failed:
        return comparison.failures.reason
    row = row_of(comparison, metric)
    return percent(row.judgement.change if row.judgement else None)


def _indifferent(
    comparison: Comparison, metric: Metric, ends: tuple[Commit, Commit]
) -> UsageError | NotComparableError:
    """Why there is nothing to bisect, and what to do."""
    row = row_of(comparison, metric)
    good, bad = ends
    what = f"{metric.name} from {good.named} to {bad.named}: {_change(comparison, metric)}, "
    tried = counted(comparison.pairs, "pair")
    assert row.judgement is not None
    if row.verdict == "ok":
        return UsageError(
            f"{what}within {row.judgement.limit} after {tried}: nothing to find", "another metric, or a tighter limit?"
        )
    more = row.judgement.pairs_to_decide
    advice = f"about {more} more pairs would decide: --max-time, or repeat.pairs of the scenario" if more else ""
    return NotComparableError(f"{what}unclear after {tried}: {row.judgement.reason}", advice)


def _doubt(comparison: Comparison, metric: Metric, sought: Find) -> str:
    """What the comparison shown says against the finding, or nothing."""
    verdict = row_of(comparison, metric).verdict
    if sought in {verdict, comparison.failures.verdict}:
        return ""
    return f"compared with {comparison.base.version} alone, {metric.name} of {comparison.head.version} is {verdict}"


def _say(text: str) -> None:
    stderr().print(text, markup=False, soft_wrap=True)
