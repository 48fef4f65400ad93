"""Which commit is the base, and a work tree of it that is gone whatever happens."""

from __future__ import annotations

import os
import select
from pathlib import Path

import pytest

from perfkit.errors import TargetError, UsageError
from perfkit.targets.repository import Repository, build, work_tree
from support.projects import GitProject

pytestmark = pytest.mark.functional


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitProject:
    for name in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
        monkeypatch.delenv(name, raising=False)
    found = GitProject(tmp_path / "project")
    found.commit("1")
    return found


def head(project: GitProject) -> str:
    return project.git("rev-parse", "HEAD").strip()


def test_a_branch_is_compared_with_where_it_left_the_default_one(project: GitProject) -> None:
    left = head(project)
    project.git("checkout", "--quiet", "-b", "feature")
    project.commit("2")
    base = Repository.around(project.folder).default_base()
    assert (base.id, base.named, base.short) == (left, "merge base with main", left[:7])


def test_the_default_branch_is_compared_with_the_commit_before(project: GitProject) -> None:
    before = head(project)
    project.commit("2")
    assert Repository.around(project.folder).default_base().id == before


def test_changed_files_on_the_default_branch_are_compared_with_its_head(project: GitProject) -> None:
    project.write("burn.txt", "2")
    repository = Repository.around(project.folder)
    assert repository.default_base().id == head(project)
    assert repository.head() == f"{head(project)[:7]}-dirty"


def test_the_first_commit_has_nothing_before_it(project: GitProject) -> None:
    with pytest.raises(UsageError, match="no commit before HEAD"):
        Repository.around(project.folder).default_base()


@pytest.mark.parametrize("variable", ["GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"])
def test_the_branch_that_a_request_asks_to_merge_into_goes_first(
    project: GitProject, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.git("checkout", "--quiet", "-b", "release")
    project.commit("2")
    wanted = head(project)
    project.git("update-ref", "refs/remotes/origin/release", wanted)
    project.git("checkout", "--quiet", "-b", "feature")
    project.commit("3")
    monkeypatch.setenv(variable, "release")
    assert Repository.around(project.folder).default_base().id == wanted


def test_branches_without_a_common_commit_and_repositories_without_a_default_branch_are_told(
    project: GitProject,
) -> None:
    project.git("checkout", "--quiet", "--orphan", "other")
    project.commit("2")
    with pytest.raises(UsageError, match="no commit in common") as caught:
        Repository.around(project.folder).default_base()
    assert "fetch-depth" in caught.value.advice
    project.git("branch", "--delete", "--force", "main")
    with pytest.raises(UsageError, match="no default branch"):
        Repository.around(project.folder).default_base()
    assert Repository.around(project.folder).branch_name() == "other"


def test_what_is_no_repository_and_what_is_no_commit_is_told(tmp_path: Path, project: GitProject) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        Repository.around(tmp_path)
    for ref in ("nothing", "--all", "", "HEAD:client.py"):
        with pytest.raises(UsageError, match="no such commit"):
            Repository.around(project.folder).commit(ref)


def test_without_git_both_targets_can_be_given(project: GitProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(UsageError, match="git: no such program"):
        Repository.around(project.folder)


def test_a_hooks_variables_do_not_mislead(project: GitProject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert Repository.around(project.folder).top == project.folder.resolve()


@pytest.mark.parametrize("ending", [KeyboardInterrupt, UsageError("x"), None])
def test_a_work_tree_holds_the_commits_files_and_goes_however_it_ends(
    project: GitProject, ending: BaseException | type[BaseException] | None
) -> None:
    project.commit("2")
    repository = Repository.around(project.folder)
    seen: list[Path] = []

    def visit() -> None:
        with work_tree(repository, repository.commit("HEAD~1")) as tree:
            seen.append(tree)
            assert (tree / "burn.txt").read_text() == "1"
            (tree / "left").mkdir()
            (tree / "left/behind").touch()
            if ending is not None:
                raise ending

    if ending is None:
        visit()
    else:
        with pytest.raises((KeyboardInterrupt, UsageError)):
            visit()
    assert not seen[0].parent.exists()
    assert len(project.git("worktree", "list").splitlines()) == 1


def test_a_persons_own_work_trees_stay(project: GitProject, tmp_path: Path) -> None:
    own = tmp_path / "own"
    project.git("worktree", "add", "--quiet", "--detach", str(own))
    own.rename(tmp_path / "unmounted")  # git takes it for gone
    repository = Repository.around(project.folder)
    with work_tree(repository, repository.commit("HEAD")):
        pass
    assert str(own) in project.git("worktree", "list")


def gone(pid: int) -> bool:
    """Whether a process that was killed has ended, as soon as it has."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 30.0)[0])
    finally:
        os.close(process)


def test_a_build_runs_in_its_folder_and_ends_with_all_it_started(tmp_path: Path) -> None:
    build("pwd > where; sleep 1002 & echo $! > pid", tmp_path)
    assert (tmp_path / "where").read_text().strip() == str(tmp_path)
    pid = int((tmp_path / "pid").read_text())
    assert gone(pid)


def test_a_build_that_fails_tells_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="status 3") as caught:
        build("seq 100; exit 3", tmp_path)
    assert [line.strip() for line in caught.value.advice.splitlines()] == [str(n) for n in range(93, 101)]
    assert list(tmp_path.iterdir()) == []
