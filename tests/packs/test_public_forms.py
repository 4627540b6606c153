"""Every form of pyxform's own test suite either loads or is refused with named faults.

Set MINIPUBLIC_PYXFORM_TESTS to the folder `tests` of a checkout of https://github.com/XLSForm/pyxform.
"""

import ast
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.questionnaire_document import from_document, to_document
from bot.packs.faults import Fault, Report
from bot.packs.sheets import SUFFIXES, read_sheets
from bot.packs.xlsform import read_questionnaire

WHERE = os.environ.get("MINIPUBLIC_PYXFORM_TESTS")

#: Faults that concern a whole file or sheet, so that there is no row to name.
OF_A_WHOLE = (
    "asks nothing",
    "cannot be read as",
    "has no sheet named",
    "is not UTF-8",
    "is not read",
    "no item uses the list",
    "pyxform",
    "there are two sheets",
)


def constant(node: ast.expr) -> str | None:
    """The text that an expression of constants makes; what is inserted at run time is left out."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(constant(part) or "" for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (constant(left) or "") + (constant(right) or "")
        case _:
            return None


def forms_in_tests(folder: Path) -> Iterator[tuple[str, str]]:
    """Name → form, of the forms that pyxform's tests write in Markdown."""
    for path in sorted(folder.rglob("*.py")):
        inner: set[ast.AST] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if node in inner or not isinstance(node, ast.expr):
                continue
            text = constant(node)
            if text and re.search(r"\|\s*survey\s*\|", text):
                inner.update(ast.walk(node))
                yield f"{path.stem}-{node.lineno}", text


def languages_of(path: Path) -> list[str]:
    """Those of the form's own labels, the source first; `en` where none is named."""
    sheets = read_sheets(path, Report([], path.name)) or {}
    columns = [column for sheet in sheets.values() for column in sheet.columns]
    plain = any(column.lower() in ("label", "hint", "image", "media::image") for column in columns)
    named = [
        found[1] if (found := re.search(r"\(\s*([\w-]+)\s*\)$", spoken)) else spoken
        for column in columns
        if column.startswith("label::") and (spoken := column.removeprefix("label::").strip())
    ]
    return list(dict.fromkeys([*(["en"] if plain or not named else []), *named]))


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    if not WHERE:
        pytest.skip("MINIPUBLIC_PYXFORM_TESTS names no checkout of pyxform's tests")
    written = tmp_path_factory.mktemp("forms") / "questionnaires"
    written.mkdir()
    for name, text in forms_in_tests(Path(WHERE)):
        (written / f"{name}.md").write_text(text, encoding="utf-8")
    found = [path for path in sorted(Path(WHERE).rglob("*")) if path.suffix in SUFFIXES]
    return [*sorted(written.iterdir()), *found]


def test_every_public_form_loads_or_is_refused_with_named_faults(forms: list[Path]) -> None:
    assert len(forms) > 500
    loaded, reasons = 0, Counter[str]()
    for path in forms:
        found: list[Fault] = []
        questionnaire = read_questionnaire(path, languages_of(path), found)
        if not found:
            assert questionnaire and questionnaire.items, path
            assert from_document(to_document(questionnaire)) == questionnaire
            loaded += 1
        for fault in found:
            assert fault.file == f"questionnaires/{path.name}"
            assert fault.message.endswith((".", "?")), fault
            assert "Traceback" not in fault.message
            if not any(whole in fault.message for whole in OF_A_WHOLE):
                assert fault.sheet and fault.row, fault
        reasons.update({re.sub(r"'[^']*'|[0-9,]+|\$\{[^}]*\}", "…", f.message) for f in found})
    print(f"\n{len(forms)} forms: {loaded} loaded, {len(forms) - loaded} refused")
    for reason, count in reasons.most_common(60):
        print(f"{count:5} {reason[:150]}")
    assert loaded > 50
