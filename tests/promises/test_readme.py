"""What the README tells people to type is there."""

import re

import pytest

from tests.promises.documents import ROOT, documents, name, shell_words

_MAKE = re.compile(r"(?:^|[\s;&])make ((?:[\w./-]+ ?)+)")


def targets() -> set[str]:
    found = re.finditer(r"^([\w./-]+(?: [\w./-]+)*) *:(?!=)", makefile(), re.MULTILINE)
    return {target for match in found for target in match[1].split()}


def makefile() -> str:
    return (ROOT / "Makefile").read_text("utf-8")


def called_by_ci() -> set[str]:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    return {
        target
        for line in lines
        if not line.lstrip().startswith("#")
        for match in _MAKE.finditer(line)
        for target in match[1].split()
    }


def told_by(text_name: str) -> set[str]:
    return {
        target
        for path in documents()
        if name(path) == text_name
        for _, text in shell_words(path)
        for match in _MAKE.finditer(text)
        for target in match[1].split()
    }


@pytest.mark.parametrize("text_name", [name(path) for path in documents()])
def test_every_target_that_a_text_names_is_in_the_makefile(text_name: str) -> None:
    unknown = told_by(text_name) - targets()
    assert not unknown, f"{text_name}: the Makefile has no target {sorted(unknown)}; mend one"


def test_the_readme_names_what_people_and_machines_run() -> None:
    wanted = {"run", "test", "check", "bench"} | called_by_ci()
    missing = wanted - told_by("README.md")
    assert not missing, f"README.md: say what these are for: {sorted(f'make {m}' for m in missing)}"


def test_what_continuous_integration_calls_is_in_the_makefile() -> None:
    assert called_by_ci(), ".ci/run calls no target: it must at least run the tests"
    unknown = called_by_ci() - targets()
    assert not unknown, f".ci/run: the Makefile has no target {sorted(unknown)}"


@pytest.mark.parametrize("target", ["run", "test", "check", "bench", "lock"])
def test_a_target_that_is_no_file_is_declared_so(target: str) -> None:
    phony = re.findall(r"^\.PHONY:(.*)$", makefile(), re.MULTILINE)
    assert target in targets(), f"Makefile: the target {target} is missing"
    assert target in " ".join(phony).split(), f"Makefile: add {target} to .PHONY"
