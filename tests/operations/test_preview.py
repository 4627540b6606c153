"""`minipublic preview`: staff look at a questionnaire before anybody is asked."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.conversation.catalogue import LOCALES, Catalogues
from bot.packs.faults import PackRefused
from bot.preview.asking import Put, put_all
from bot.preview.page import page
from bot.preview.source import NoQuestionnaire, read_source

EXAMPLES = Path(__file__).parents[2] / "examples"
PARK = EXAMPLES / "every-item/questionnaires/park.md"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def put(path: Path, language: str) -> dict[str, Put]:
    source = read_source(path)
    shown = put_all(source.questionnaire, source.languages, language, Catalogues(LOCALES), NOW)
    return {each.item.code: each for each in shown}


def words(each: Put) -> str:
    return "\n".join(message.text for message in each.messages)


def labels(each: Put) -> Sequence[str]:
    return [choice.label for message in each.messages for choice in message.choices]


FORMS = sorted(EXAMPLES.glob("*/questionnaires/*.md"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_item_of_every_example_is_put_in_every_language(path: Path) -> None:
    source = read_source(path)
    for language in source.languages:
        shown = put(path, language)
        for item in source.questionnaire.items:
            assert bool(shown[item.code].messages) is item.asked
            if item.asked:
                assert item.label[language].partition("${")[0] in words(shown[item.code])


def test_quotes_and_filtered_lists_show_something() -> None:
    shown = put(PARK, "en")
    assert "about \u2068" in words(shown["share"]) or "about \u2068" in words(shown["support"])
    assert "…" not in words(shown["support"])
    assert labels(shown["quarter"])[:2] == ["Mill quarter", "Station"]
    assert "Choose at most 3" in words(shown["wishes"]).replace("\u2068", "").replace("\u2069", "")


def test_a_picture_comes_before_the_item_that_follows_it() -> None:
    first, second = put(PARK, "ar")["seen"].messages
    assert first.media == "questionnaires/media/ground.png"
    assert first.media_alt.startswith("ستجدد البلدية")
    assert second.text.endswith("انظروا إلى الصورة قبل المتابعة.")


def test_the_page_needs_nothing_beside_it() -> None:
    source = read_source(PARK)
    made = page(source.questionnaire, "ar", list(put(PARK, "ar").values()), source.folder)
    assert '<html lang="ar" dir="rtl">' in made
    assert 'src="data:image/png;base64,' in made
    assert "http" not in made.replace("http-equiv", "")
    assert "relevant: ${visits} &gt; 0" in made


def test_what_an_author_wrote_cannot_run_in_the_page(tmp_path: Path) -> None:
    form = tmp_path / "form.csv"
    form.write_text(
        "survey,,,\n,type,name,label\n,text,a,<script>alert(1)</script> & <b>bold</b>\n", "utf-8"
    )
    source = read_source(form)
    made = page(source.questionnaire, "en", list(put(form, "en").values()), source.folder)
    assert "<script" not in made
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold" in made


def test_a_file_that_stands_alone_has_the_languages_of_its_labels(tmp_path: Path) -> None:
    alone = tmp_path / "opinion.md"
    shutil.copy(EXAMPLES / "inclusive-ai/questionnaires/opinion.md", alone)
    assert read_source(alone).languages == ("en", "fr", "es", "ar", "sw")


def test_faults_are_told_instead(tmp_path: Path) -> None:
    form = tmp_path / "form.csv"
    form.write_text("survey,,,\n,type,name,label\n,geopoint,where,Where?\n", "utf-8")
    with pytest.raises(PackRefused, match="geopoint"):
        read_source(form)
    with pytest.raises(NoQuestionnaire, match="name a file"):
        read_source(tmp_path)


def test_the_command_shows_it_in_the_terminal_and_writes_the_page(tmp_path: Path) -> None:
    run = CliRunner()
    shown = run.invoke(app, ["preview", str(PARK), "--language", "fr"])
    assert shown.exit_code == 0
    assert "Regardez l’image avant de continuer." in shown.stdout
    assert "── km_month · calculate" in shown.stdout
    file = tmp_path / "park.html"
    assert run.invoke(app, ["preview", str(PARK), "--page", str(file)]).exit_code == 0
    assert file.read_text("utf-8").startswith("<!doctype html>")
    refused = run.invoke(app, ["preview", str(PARK), "--language", "xx"])
    assert refused.exit_code == 2
    assert "en, fr, ar" in refused.output


def test_what_comes_after_the_last_question_is_shown_once(tmp_path: Path) -> None:
    form = tmp_path / "form.csv"
    rows = ["survey,,,", ",type,name,label", ",text,a,Why?", ",note,b,Thanks", ",note,c,Goodbye"]
    form.write_text("\n".join(rows), "utf-8")
    source = read_source(form)
    shown = list(put_all(source.questionnaire, ("en",), "en", Catalogues(LOCALES), NOW))
    assert [each.item.code for each in shown] == ["a", "b", "c"]
    assert words(shown[2]) == "Thanks\n\nGoodbye"
