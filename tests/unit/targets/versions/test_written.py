"""What may stand after ``-t``, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfkit.errors import UsageError
from perfkit.model.sources import GitRef, GoPackage, Package, Release, Source
from perfkit.targets.written import Written, read, requirement_name


@pytest.mark.parametrize(
    ("text", "source", "words"),
    [
        ("pip:kr8s==0.17.0", Package("kr8s==0.17.0"), ()),
        ("pip:kr8s[test]>=0.17,<0.18", Package("kr8s[test]>=0.17,<0.18"), ()),
        ("pip:kr8s==0.17.0 sniffio", Package("kr8s==0.17.0", ("sniffio",)), ()),
        ("pip:mylib==1.0 -- python bench.py", Package("mylib==1.0"), ("python", "bench.py")),
        ("git:feature/x", GitRef("feature/x"), ()),
        ("git:HEAD~1 -- ./client 'two words'", GitRef("HEAD~1"), ("./client", "two words")),
        ("go:github.com/derailed/k9s@v0.50.16", GoPackage("github.com/derailed/k9s", "v0.50.16"), ()),
        ("go:golang.org/x/tools/gopls@latest", GoPackage("golang.org/x/tools/gopls", "latest"), ()),
        ("gh:derailed/k9s@v0.50.16", Release("derailed/k9s", "v0.50.16"), ()),
        ("gh:kubernetes-sigs/kustomize@kustomize/v5.0.0 -- kustomize version",
         Release("kubernetes-sigs/kustomize", "kustomize/v5.0.0"), ("kustomize", "version")),
    ],
)  # fmt: skip
def test_versions(text: str, source: Source, words: tuple[str, ...]) -> None:
    assert read(text) == Written(source=source, words=words, origin=text)
    assert read(f"base={text}").name == "base"
    assert str(source) == text.partition(" -- ")[0]


def test_a_client_may_have_a_version() -> None:
    assert read("k9s@v0.50.16") == Written(client="k9s", version="v0.50.16", origin="k9s@v0.50.16")
    assert read("old=kr8s") == Written(name="old", client="kr8s", origin="kr8s")


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("kr8s==0.17.0", "two signs of equality", "pip:kr8s==0.17.0"),
        ("kr8s@", "no version", "kr8s@VERSION"),
        ("pip:", "no package", "pip:kr8s"),
        ("pip:kr8s ==1", "'==1' is no requirement", "pip:kr8s"),
        ("pip:../dist/x.whl", "is no requirement", "pip:kr8s"),
        ("pip:'kr8s", "no closing quotation", "quote it"),
        ("git:", "one version", "git:main"),
        ("git:a b", "one version", "git:main"),
        ("go:github.com/derailed/k9s", "no module with a version", "@v0.50.16"),
        ("gh:k9s@v1", "no OWNER/REPO@TAG", "gh:derailed"),
        ("gh:a/b/c@v1", "no OWNER/REPO@TAG", "gh:derailed"),
        ("npm:@kubernetes/client-node@1.4.0", "no client is made of an npm package", "cmd:node"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(text: str, message: str, advice: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert message in caught.value.message
    assert advice in caught.value.advice
    assert "\n" not in caught.value.message + caught.value.advice


@given(st.text())
def test_anything_else_is_a_target_or_an_error(text: str) -> None:
    try:
        found = read(text)
    except UsageError:
        return
    assert sum(map(bool, (found.client, found.command, found.source))) == 1


@pytest.mark.parametrize("written", ["Kubernetes_Asyncio[x]>=1", "kubernetes.asyncio", "kubernetes-asyncio ==2"])
def test_names_of_distributions_are_normalised(written: str) -> None:
    assert requirement_name(written) == "kubernetes-asyncio"
