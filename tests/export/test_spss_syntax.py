"""The syntax that makes multiple-response sets, as SPSS and PSPP read it."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.export.codebook import Entry
from bot.export.columns import Column, ColumnType
from bot.export.formats import Format, writer_of
from bot.export.spss_syntax import spss_syntax
from tests.export.poll import AGE, USES

LONG = "t1_uses_" + "so_many_words_" * 5  # 78 characters; SPSS takes 64

COLUMNS = [
    Column("t1_uses_play", "Uses: Play", ColumnType.WHOLE, {0: "Not chosen", 1: "Chosen"}),
    Column(LONG, "Uses: Reposer à l'ombre", ColumnType.WHOLE, {0: "Not chosen", 1: "Chosen"}),
]
WORDS = Column("t1_uses_label", "Uses", words=True)


def entry(item: Any = USES, columns: Any = (*COLUMNS, WORDS)) -> Entry:
    return Entry("t1", item, columns, [], 0, 0, 0, [], [], None)


def english(texts: Any) -> str:
    return str(texts["en"])


def test_a_set_for_each_item_with_several_answers() -> None:
    syntax = spss_syntax([entry(), entry(AGE, COLUMNS[:1])], english)
    assert syntax.count("/MDGROUP") == 1
    assert "/MDGROUP NAME=$t1_uses\n" in syntax
    assert "LABEL='What is it for, in the people''s view?'" in syntax
    assert "t1_uses_label" not in syntax
    names = re.search(r"VARIABLES=(\S+)\s+(\S+)\n", syntax)
    assert names and names[1] == "t1_uses_play"
    assert len(names[2]) <= 64 and LONG.startswith(names[2][:40])


def test_a_label_stays_one_string_of_the_syntax() -> None:
    syntax = spss_syntax([entry()], lambda _: "'a'.\nEXECUTE.\n" + "é" * 300)
    [label] = re.findall(r"LABEL='(.*)'\n", syntax)
    assert label.startswith("''a''. EXECUTE. éé") and len(label.replace("''", "'").encode()) <= 255


def test_an_item_with_a_single_choice_makes_no_set() -> None:
    syntax = spss_syntax([entry(columns=(COLUMNS[0], WORDS))], english)
    assert "MRSETS" not in syntax and syntax.startswith("* Encoding: UTF-8.\n")


@pytest.mark.skipif(shutil.which("pspp") is None, reason="PSPP is not installed")
def test_pspp_makes_the_sets(tmp_path: Path) -> None:
    writer = writer_of(Format.SAV)(tmp_path / "wide.sav", [*COLUMNS, WORDS])
    writer.write([(1, 0, "Play"), (0, 1, "Rest"), (None, None, None)])
    writer.close()
    (tmp_path / "spss.sps").write_text(spss_syntax([entry()], english, "wide.sav"), "utf-8")
    ran = subprocess.run(
        ["pspp", "-O", "format=csv", "spss.sps"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "error" not in (ran.stdout + ran.stderr).lower()
    assert "$t1_uses" in ran.stdout and "What is it for, in the people's view?" in ran.stdout
    assert "Dichotomies" in ran.stdout and "t1_uses_play" in ran.stdout
