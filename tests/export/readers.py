"""Programs that read the files, and share no line with what wrote them: PSPP, and R with haven."""

import csv
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

Rows = list[dict[str, str]]

_PSPP = """\
GET FILE='{path}'.
DISPLAY DICTIONARY.
FORMATS {days} (F20.0) {decimals} (F20.6).
SAVE TRANSLATE /OUTFILE='{out}' /TYPE=CSV /FIELDNAMES /CELLS=VALUES /MISSING=IGNORE.
"""

#: Numbers with all their digits, declared missing codes as numbers or, of Stata, as `.a`; times in
#: seconds and days in days since 1970.
_HAVEN = """\
library(haven)
args <- commandArgs(trailingOnly = TRUE)
plain <- function(column) {
  if (is.character(column)) return(as.character(column))
  number <- as.double(unclass(column))
  text <- format(number, digits = 15, trim = TRUE, scientific = FALSE)
  tag <- na_tag(number)
  ifelse(!is.na(tag), paste0(".", tag), ifelse(is.na(number), "", text))
}
table <- if (endsWith(args[1], ".sav")) read_sav(args[1], user_na = TRUE) else read_dta(args[1])
readr::write_csv(as.data.frame(lapply(table, plain), optional = TRUE), args[2], na = "")
"""


def pspp(path: Path, days: list[str], decimals: list[str]) -> tuple[str, Rows]:
    """The dictionary as PSPP shows it, and the cells. Days and times are seconds since 1582."""
    if not shutil.which("pspp"):
        pytest.skip("PSPP is not installed: apt-get install pspp")
    out, syntax, shown = (path.with_suffix(each) for each in (".csv", ".sps", ".dictionary.csv"))
    commands = _PSPP.format(path=path, out=out, days=" ".join(days), decimals=" ".join(decimals))
    syntax.write_text(commands, encoding="utf-8")
    _run("pspp", "-o", str(shown), str(syntax))
    return shown.read_text(encoding="utf-8"), _read(out)


def haven(path: Path) -> Rows:
    """The cells as R has them."""
    if not _has_haven():
        pytest.skip("R with haven is not installed: apt-get install r-cran-haven")
    out, script = path.with_suffix(".csv"), path.with_suffix(".R")
    script.write_text(_HAVEN, encoding="utf-8")
    _run("Rscript", str(script), str(path), str(out))
    return _read(out)


@cache
def _has_haven() -> bool:
    return (
        bool(shutil.which("Rscript"))
        and not subprocess.run(["Rscript", "-e", "library(haven)"], capture_output=True).returncode
    )


def _run(*command: str) -> None:
    run = subprocess.run(
        command, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    )
    assert run.returncode == 0, run.stdout + run.stderr


def _read(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
