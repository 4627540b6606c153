"""A pack is read whole, or refused with every fault, each with its file and row."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.deliberation import Briefing, BriefingPart, Pack, Release, WavePlan
from bot.domain.questionnaire_document import from_document, to_document
from bot.packs.faults import PackRefused
from bot.packs.load import read_pack
from tests.packs.forms import (
    OPINION,
    Book,
    Folder,
    Rows,
    as_csv,
    as_markdown,
    as_workbook,
    survey,
)

#: What all three formats of OPINION are read as.
GOLDEN = {
    "code": "opinion",
    "version": 1,
    "title": {"en": "The park"},
    "items": [
        {"code": "welcome", "type": "note", "label": {"en": "Hello", "fr": "Bonjour"}},
        {
            "code": "visits",
            "type": "select_one",
            "label": {"en": "Do you go?", "fr": "Y allez-vous ?"},
            "hint": {"en": "Ever", "fr": "Déjà"},
            "required": True,
            "choices": [
                {"code": "yes", "label": {"en": "Yes", "fr": "Oui"}, "missing": None},
                {"code": "no", "label": {"en": "No", "fr": "Non"}, "missing": None},
                {
                    "code": "98",
                    "label": {"en": "I will not say", "fr": "Je ne le dirai pas"},
                    "missing": "refused",
                },
            ],
        },
        {
            "code": "visitors",
            "type": "note",
            "label": {"en": "Visitors", "fr": "Visiteurs"},
            "relevant": "${visits} = 'yes'",
        },
        {
            "code": "often",
            "type": "integer",
            "label": {"en": "How often?", "fr": "Combien de fois ?"},
            "required": True,
            "relevant": "${visits} = 'yes'",
            "constraint": ". >= 0 and . < 8",
            "constraint_message": {"en": "0 to 7", "fr": "De 0 à 7"},
        },
        {
            "code": "reasons",
            "type": "select_multiple",
            "label": {"en": "Why?", "fr": "Pourquoi ?"},
            "relevant": "(${visits} = 'yes') and (${often} > 1)",
            "constraint": "count-selected(.) <= 2",
            "choices": [
                {
                    "code": "air",
                    "label": {"en": "Fresh | air", "fr": "Le grand air"},
                    "missing": None,
                },
                {"code": "dogs", "label": {"en": "The dogs", "fr": "Les chiens"}, "missing": None},
                {
                    "code": "hm",
                    "label": {"en": "No idea", "fr": "Aucune idée"},
                    "missing": "dont_know",
                },
            ],
        },
        {
            "code": "future",
            "type": "range",
            "label": {"en": "A “good” idea?", "fr": "Une bonne idée ?"},
            "dont_know": True,
            "scale": [0.0, 10.0, 2.0],
        },
        {
            "code": "name",
            "type": "text",
            "label": {"en": "Your name", "fr": "Votre nom"},
            "constraint": "regex(., '[^0-9]+')",
            "personal": True,
        },
    ],
}


def test_a_good_pack_is_read(folder: Folder) -> None:
    pack = read_pack(folder.path)
    parts = (
        BriefingPart("In short."),
        BriefingPart("## Trees\n\n\nThere are trees.", "oak.png", "An oak"),
        BriefingPart("## Birds\n\nAnd *birds*."),
    )
    opens = datetime(2027, 3, 1, 8, tzinfo=UTC)
    assert pack == Pack(
        code="town-hall",
        title={"en": "A new park"},
        languages=("en", "fr"),
        timezone="Europe/Paris",
        invited_only=True,
        on_erase="anonymise",
        consent=pack.consent,
        profile="profile",
        questionnaires=pack.questionnaires,
        briefings=(
            Briefing(
                code="the-park",
                release=Release(after_wave="t1"),
                titles={"en": "The park (en)", "fr": "The park (fr)"},
                parts={"en": parts, "fr": parts},
            ),
        ),
        waves=(
            WavePlan(
                code="t1",
                questionnaire="opinion",
                opens=Release(on_enrolment=True),
                reminders=(timedelta(minutes=30), timedelta(hours=12), timedelta(days=2)),
            ),
            WavePlan("t2", "opinion", Release(at=opens), datetime(2027, 3, 15, 8, tzinfo=UTC)),
            WavePlan("t3", "opinion", Release()),
        ),
        needs_review=("fr",),
        media={"oak.png": b"\x89PNG"},
    )
    assert pack.consent.texts == {"en": "I agree (en).", "fr": "I agree (fr)."}
    assert list(pack.questionnaires) == ["opinion", "profile"]
    assert pack.questionnaires["profile"].title == {"en": "profile"}


def test_what_may_be_left_out_has_a_default(folder: Folder) -> None:
    folder.write(
        "deliberation.toml", 'code = "a"\nlanguages = ["en", "fr"]\n[title]\nen = "A"\nfr = "B"\n'
    )
    for path in [*folder.path.glob("briefings/*"), *folder.path.glob("questionnaires/*")]:
        path.unlink()
    pack = read_pack(folder.path)
    assert (pack.timezone, pack.invited_only, pack.on_erase) == ("UTC", False, "remove")
    assert (pack.profile, pack.waves, pack.needs_review) == (None, (), ())
    assert pack.title == {"en": "A", "fr": "B"}


@pytest.mark.parametrize("write", [as_markdown, as_csv, as_workbook])
def test_a_form_reads_the_same_from_every_format(
    folder: Folder, write: Callable[[Path, Book], None]
) -> None:
    (folder.path / "questionnaires/opinion.md").unlink()
    write(folder.path / "questionnaires/opinion", OPINION)
    opinion = read_pack(folder.path).questionnaires["opinion"]
    assert to_document(opinion) == GOLDEN
    assert from_document(GOLDEN) == opinion


def test_files_that_programs_leave_behind_do_not_count(folder: Folder) -> None:
    folder.write("questionnaires/~$opinion.xlsx", b"lock")
    folder.write("briefings/.DS_Store", b"junk")
    folder.write("README.md", "For organisers.")
    read_pack(folder.path)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"town-hall"', '"Town hall"', "row 1: 'Town hall' is not a code"),
        ('code = "town-hall"', "", "'code' is missing"),
        ('code = "town-hall"', "code = 5", "row 1: 'code' must be a text in quotes"),
        ('"fr"]', '"english"]', "row 2: 'english' is not a language"),
        ('"fr"]', '"FR"]', "row 2: 'FR' is not a language"),
        ('"fr"]', '"fr", "en"]', "row 2: 'en' is named twice"),
        ('languages = ["en", "fr"]', "", "'languages' is missing"),
        ('["en", "fr"]', '"en"', "row 2: 'languages' must be a list of texts"),
        ("Europe/Paris", "Europe/Pariss", "row 3: 'Europe/Pariss' is not a time zone"),
        ('"invited"', '"closed"', 'row 4: \'enrolment\' must be "open" or "invited"'),
        ('"profile"', '"profil"', "row 5: there is no questionnaires/profil.xlsx, .csv or .md."),
        ("anonymise", "forget", 'row 6: \'on_erase\' must be "remove" or "anonymise"'),
        ('review = ["fr"]', 'review = ["de"]', "row 7: 'de' in needs_review is not one of"),
        ("on_erase", "on_eras", "row 6: 'on_eras' is not a key. Did you mean 'on_erase'?"),
        ('en = "A new park"', "", "row 9: 'en' is missing"),
        ('en = "A new park"', 'en = "A"\nde = "B"', "row 11: 'de' is not a key of [title]."),
        ("[title]", 'profil = "a"\n[title]', "row 9: 'profil' is not a key. Did you mean"),
        ('"after:t1"', '"after:t9"', "row 14: there is no wave 't9'."),
        ('"after:t1"', '"soon"', "row 14: 'release' must be \"on-enrolment\", a time"),
        ('release = "after:t1"', "", "row 12: 'release' is missing"),
        ('"opinion"', '"opinions"', "row 18: there is no questionnaires/opinions"),
        ('questionnaire = "opinion"', "", "row 16: 'questionnaire' is missing"),
        ('opens = "on-enrolment"', 'opens = "after:t1"', "row 19: 'opens' must be"),
        ('"12h"', '"30m"', "row 20: '30m' is not later than the reminder before it"),
        ('"12h"', '"soon"', "row 20: 'soon' is not a duration such as 2d, 12h or 30m"),
        ('["30m", "12h", "2d"]', '"2d"', "row 20: 'reminders' must be a list"),
        ('"12h", "2d"', '"-1d"', "row 20: '-1d' counts back from 'closes', which is missing"),
        ('"12h"', '"0d"', "row 20: '0d' is not a duration"),
        ("08:00:00Z", '08:00:00Z\ngrace = "-1h"', "row 27: '-1h' is not a duration such as"),
        ("08:00:00Z", "08:00:00Z\ngrace = 3", "row 27: 'grace' must be a text in quotes"),
        ('"12h", "2d"]', '"2d"]\ngrace = "1h"', "row 21: 'grace' counts from 'closes', which"),
        ("08:00:00Z", '08:00:00Z\nreminders = ["-1d", "2d"]', "row 27: '2d' is not later than"),
        ("08:00:00Z", '08:00:00Z\nreminders = ["-1d", "-2d"]', "row 27: '-2d' is not later"),
        ("08:00:00Z", '08:00:00Z\nreminders = ["-99d"]', "row 27: '-99d' is before the wave opens"),
        ('code = "t2"', 'code = "t1"', "row 23: the code 't1' is used twice"),
        ('code = "t2"', 'code = "profile"', "row 23: 'profile' is kept"),
        ("09:00:00+01:00", "09:00:00", "row 25: 'opens' names no time zone. Add Z"),
        ("2027-03-15T08:00:00Z", "2027-03-15", "row 26: 'closes' needs a time of day"),
        ("2027-03-15T08:00:00Z", '"2027-03-15"', "row 26: 'closes' must be a time without quotes"),
        ("2027-03-15", "2027-02-15", "row 26: the wave closes before it opens"),
        ("2027-03-15T08:00:00Z", "soon", "row 26: is not valid TOML"),
        ('code = "t3"', 'code = "t3', "row 29: is not valid TOML"),
        ("[[waves]]", "[waves]", "is not valid TOML"),
        ('[title]\nen = "A new park"', 'title = "A"', "row 9: 'title' must be a table"),
    ],
)
def test_faults_of_the_settings(folder: Folder, old: str, new: str, expected: str) -> None:
    folder.replace("deliberation.toml", old, new)
    place = "deliberation.toml, " if expected.startswith("row") else "deliberation.toml"
    assert any(said.startswith(place) and expected in said for said in folder.says())


def test_reminders_before_closing_come_last_and_grace_after_it(folder: Folder) -> None:
    folder.replace(
        "deliberation.toml",
        "2027-03-15T08:00:00Z",
        '2027-03-15T08:00:00Z\ngrace = "90m"\nreminders = ["2d", "5d", "-2d", "-12h"]',
    )
    wave = read_pack(folder.path).waves[1]
    assert wave.grace == timedelta(minutes=90)
    assert [each / timedelta(hours=1) for each in wave.reminders] == [48, 120, -48, -12]


def test_a_folder_without_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackRefused, match=r"deliberation\.toml: is missing"):
        read_pack(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("consent.fr.md", "  \n", "consent.fr.md: is empty"),
        ("consent.fr.md", b"ok\n\xff", "consent.fr.md, row 2: is not UTF-8"),
        ("consent.de.md", "Ja", "consent.de.md: is not read: the languages are en, fr."),
        ("briefings/other.en.md", "# A\n\nB", "briefings/other.en.md: belongs to no briefing"),
        ("briefings/the-park.de.md", "# A\n\nB", "briefings/the-park.de.md: belongs to no"),
        ("briefings/elm.png", b"", "briefings/elm.png: belongs to no briefing"),
        ("questionnaires/other.txt", "", "questionnaires/other.txt: is not named like"),
        ("questionnaires/Other.md", "", "questionnaires/Other.md: is not named like"),
    ],
)
def test_faults_of_files(folder: Folder, name: str, content: str | bytes, expected: str) -> None:
    folder.write(name, content)
    assert folder.fault().startswith(expected)


def test_a_text_is_needed_in_every_language(folder: Folder) -> None:
    (folder.path / "consent.fr.md").unlink()
    (folder.path / "briefings/the-park.fr.md").unlink()
    assert folder.says() == [
        "briefings/the-park.fr.md: is missing: the briefing 'the-park' in 'fr'.",
        "consent.fr.md: is missing. Nobody can consent in 'fr' without it.",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("# The park (fr)", "The park", "row 1: has no title"),
        ("\n## Birds", "\nBirds", "has 2 parts where the-park.en.md has 3"),
        ("(oak.png)", "(elm.png)", "row 7: there is no file 'elm.png' beside this text"),
        ("(oak.png)", "(../briefings/oak.png)", "row 7: there is no file '../briefings/oak.png'"),
        ("(oak.png)", "(the-park.fr.md)", "row 7: 'the-park.fr.md' is not a picture or sound"),
        ("![An oak]", "See ![An oak]", "row 7: a picture or sound must stand on a line of its own"),
        ("There are trees.", "![Another](oak.png)", "row 9: a part shows one picture or sound"),
    ],
)
def test_faults_of_a_briefing(folder: Folder, old: str, new: str, expected: str) -> None:
    folder.replace("briefings/the-park.fr.md", old, new)
    said = folder.fault()
    assert said.startswith("briefings/the-park.fr.md") and expected in said


def test_a_briefing_needs_text(folder: Folder) -> None:
    folder.write("briefings/the-park.fr.md", "# Only a title\n")
    assert folder.says()[0] == "briefings/the-park.fr.md: has no text under its title."


@pytest.mark.parametrize(("name", "megabytes"), [("oak.png", 10), ("oak.mp3", 50)])
def test_media_may_not_be_larger_than_telegram_takes(
    folder: Folder, name: str, megabytes: int
) -> None:
    (folder.path / "briefings/oak.png").unlink()
    for language in ("en", "fr"):
        folder.replace(f"briefings/the-park.{language}.md", "oak.png", name)
    largest = megabytes * 1024 * 1024
    with (folder.path / "briefings" / name).open("wb") as file:
        file.truncate(largest)
    assert len(read_pack(folder.path).media[name]) == largest
    with (folder.path / "briefings" / name).open("wb") as file:
        file.truncate(largest + 1)
    assert folder.says() == [
        f"briefings/the-park.{language}.md, row 7: '{name}' is larger than {megabytes} MB, "
        "the most Telegram takes."
        for language in ("en", "fr")
    ]


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ([], ["colour", "a", "A", "A"], "the type 'colour' is not supported. Supported are"),
        ([], ["begin_repeat", "a", "A", "A"], "the type 'begin_repeat' is not supported: write"),
        ([], ["integr", "a", "A", "A"], "Did you mean 'integer'?"),
        ([], ["", "a", "A", "A"], "the row has no type"),
        ([], ["select_one yes_no or_other", "a", "A", "A"], "'or_other' is not supported"),
        ([], ["select_one yesno", "a", "A", "A"], "no list 'yesno' in the sheet choices. Did"),
        ([], ["select_multiple", "a", "A", "A"], "name the list of choices"),
        ([], ["text long", "a", "A", "A"], "the type is 'text long': write text alone"),
        ([], ["text", "Q1", "A", "A"], "the name 'Q1' must be a small letter"),
        ([], ["text", "a" * 25, "A", "A"], "must be a small letter, then up to 23"),
        ([], ["text", "", "A", "A"], "the row has no name"),
        ([], ["text", "age", "A", "A"], "the name 'age' is taken by row 2"),
        ([], ["text", "a", "A", ""], "the label is missing in 'fr'"),
        ([], ["text", "a", "", "A"], "the label is missing in 'en'"),
        ([], ["text", "a", "", ""], "the item has no label"),
        ([], ["text", "a", "A" * 3001, "A"], "has 3,001 characters, 3,000 is the most"),
        ([], ["text", "a", "Is ${ag} so?", "A"], "in 'en' quotes ${ag}, which is no item here."),
        ([], ["text", "a", "Is ${hi} so?", "A"], "quotes ${hi}, which takes no answer"),
        ([], ["text", "a", "Is ${last} so?", "A"], "quotes ${last}, which is not asked before"),
        ([], ["text", "a", "Is ${a} so?", "A"], "quotes ${a}, which is not asked before"),
        ([], ["text", "a", "Is ${age so?", "A"], "has a '${' that quotes nothing"),
        ([], ["text", "a", "Is ${phone} so?", "A"], "${phone}, which is personal (bot::pii)"),
        (["required"], ["text", "a", "A", "A", "maybe"], "'required' is yes or no, not 'maybe'"),
        (["bot::pii"], ["text", "a", "A", "A", "1"], "'bot::pii' is yes or no, not '1'"),
        (["relevant"], ["text", "a", "A", "A", "${ag} > 1"], "no item here. Did you mean 'age'?"),
        (["relevant"], ["text", "a", "A", "A", "foo(.)"], "'relevant' cannot be understood at"),
        (["relevant"], ["text", "a", "A", "A", "${a} = 1"], "${a}, which is circular"),
        (["relevant"], ["text", "a", "A", "A", ". = 1"], "circular: . is the answer it decides"),
        (["relevant"], ["text", "a", "A", "A", "${last} = 1"], "${last}, which is asked later"),
        (["relevant"], ["text", "a", "A", "A", "${hi} = 1"], "${hi}, which takes no answer"),
        (["constraint"], ["text", "a", "A", "A", ". >== 1 and ("], "expected a value"),
        (["constraint"], ["text", "a", "A", "A", ". < ${last}"], "${last}, which is asked later"),
        (["constraint"], ["text", "a", "A", "A", "${a} < 1"], "its own answer: write . instead"),
        (["constraint"], ["text", "a", "A", "A", "regex(., '(')"], "a regular expression, found"),
        (["constraint"], ["note", "a", "A", "A", ". = 1"], "'constraint' is not supported for no"),
        (["relevant"], ["text", "a", "A", "A", "${phone} = 1"], "${phone}, which is personal"),
        (["calculation"], ["text", "a", "A", "A", "1"], "'calculation' is for calculate, hidden"),
        (["calculation"], ["calculate", "a", "", "", "${a} + 1"], "${a}, which is circular"),
        (["calculation"], ["calculate", "a", "", "", ". + 1"], "circular: . is the value it gives"),
        (["calculation"], ["calculate", "a", "", "", "${last}"], "${last}, which is asked later"),
        (["calculation"], ["calculate", "a", "", "", "pulldata(1)"], "`pulldata` is not one of"),
        (["calculation"], ["note", "a", "A", "A", "1"], "'calculation' is not supported for note"),
        ([], ["calculate", "a"], "a calculate needs its 'calculation'"),
        (
            ["required", "calculation"],
            ["calculate", "a", "", "", "yes", "1"],
            "'required' is not supported for calculate",
        ),
        (
            ["choice_filter"],
            ["text", "a", "A", "A", "1"],
            "'choice_filter' is not supported for te",
        ),
        (
            ["choice_filter"],
            ["rank rated", "a", "A", "A", "kind = 1"],
            "asks for the column 'kind'",
        ),
        (["choice_filter"], ["rank rated", "a", "A", "A", "nam = 1"], "Did you mean 'name'?"),
        (["choice_filter"], ["rank rated", "a", "A", "A", "name = ."], "'choice_filter' cannot be"),
        (
            ["choice_filter"],
            ["rank nowhere", "a", "A", "A", "name = 1"],
            "there is no list 'nowhere'",
        ),
        (["default"], ["note", "a", "A", "A", "1"], "'default' is not supported for note"),
        (["default"], ["rank rated", "a", "A", "A", "air"], "'default' is not supported for rank"),
        (["default"], ["acknowledge", "a", "A", "A", "OK"], "not supported for acknowledge"),
        (["default"], ["integer", "a", "A", "A", "1.5"], "'1.5', which is no whole number"),
        (["default"], ["decimal", "a", "A", "A", "one"], "'one', which is no number"),
        (["default"], ["date", "a", "A", "A", "31.3.2027"], "'31.3.2027', which is no date. Write"),
        (["default"], ["date", "a", "A", "A", "2027-02-30"], "'2027-02-30', which is no date"),
        (["default"], ["select_one yes_no", "a", "A", "A", "ye"], "no choice has the name 'ye'"),
        (["default"], ["select_one yes_no", "a", "A", "A", "98"], "no choice has the name '98'"),
        (["default"], ["select_multiple why", "a", "A", "A", "air cats"], "the name 'cats'"),
        (["default"], ["integer", "a", "A", "A", "now()"], "'default' cannot be understood"),
        (["default"], ["integer", "a", "A", "A", "${a}"], "which is its own answer: name another"),
        (["default"], ["integer", "a", "A", "A", "${last}"], "${last}, which is asked later"),
        (["default"], ["integer", "a", "A", "A", "int(.)"], "refers to ., but there is no answer"),
        (["default", "calculation"], ["hidden", "a", "", "", "1", "2"], "both give the value"),
        (["read_only"], ["text", "a", "A", "A", "maybe"], "'read_only' is yes or no, not 'maybe'"),
        (["read_only"], ["rank rated", "a", "A", "A", "yes"], "not supported for rank"),
        (["read_only", "required"], ["text", "a", "A", "A", "yes", "yes"], "has no meaning where"),
        (
            ["appearance"],
            ["date", "a", "A", "A", "month-year"],
            "'month-year' is not supported: it",
        ),
        (
            ["appearance"],
            ["text", "a", "A", "A", "ex:org.app(a=1)"],
            "'ex' calls something outside",
        ),
        (["appearance"], ["text", "a", "A", "A", "search('x')"], "'search' calls something outs"),
        (["appearance"], ["text", "a", "A", "A", "lickert"], "Did you mean 'likert'?"),
        (
            ["image"],
            ["text", "a", "A", "A", "a.png"],
            "there is no file 'a.png' in questionnaires/m",
        ),
        (
            ["guidance_hint"],
            ["text", "a", "A", "A", "x"],
            "'guidance_hint' is not supported. Empty",
        ),
        (["bind::x"], ["text", "a", "A", "A", "x"], "'bind::x' is not supported. Empty this cell"),
        (["trigger"], ["text", "a", "A", "A", "${age}"], "'trigger' is not supported. Empty"),
        ([], ["geopoint", "a", "A", "A"], "'geopoint' is not supported: there are no maps in a"),
        ([], ["select_one_from_file a.csv", "a", "A", "A"], "write the choices into the sheet ch"),
        ([], ["select one from file a.csv", "a", "A", "A"], "write the choices into the sheet ch"),
        ([], ["deviceid", "a"], "'deviceid' is not supported: the bot records this by itself"),
        ([], ["select_one ${age}", "a", "A", "A"], "a list of answers, ${age}, is not supported"),
        ([], ["rank yes_no", "a", "A", "A"], "has a choice with 'missing', which cannot be ranked"),
        (
            ["parameters"],
            ["rank rated", "a", "A", "A", "randomize=yes"],
            "'randomize' is true or fa",
        ),
        (["parameters"], ["rank rated", "a", "A", "A", "seed=1"], "a seed needs 'randomize=true'"),
        (
            ["parameters"],
            ["rank rated", "a", "A", "A", "randomize=true seed=age"],
            "the seed is a number or an item such as ${age}, not 'age'",
        ),
        (
            ["parameters"],
            ["rank rated", "a", "A", "A", "randomize=true,seed=${last}"],
            "'seed' refers to ${last}, which is asked later",
        ),
        (["parameters"], ["rank rated", "a", "A", "A", "values=x"], "'values' is not supported"),
        (["parameters"], ["text", "a", "A", "A", "rows=3"], "'parameters' is not supported for t"),
        ([], ["range", "a", "A", "A"], "a range needs its parameters"),
        (["parameters"], ["range", "a", "A", "A", "start=0"], "a range needs its parameters"),
        (["parameters"], ["range", "a", "A", "A", "start=0 end=ten"], "a range needs its param"),
        (
            ["parameters"],
            ["range", "a", "A", "A", "start=0 end=1 ticks=2"],
            "the parameter 'ticks' is",
        ),
        (["parameters"], ["range", "a", "A", "A", "0 to 10"], "is written as 'name=value"),
        (["parameters"], ["range", "a", "A", "A", "start=0 end=5 step=2"], "in whole steps"),
        (["parameters"], ["range", "a", "A", "A", "start=5 end=0"], "in whole steps"),
        (["parameters"], ["range", "a", "A", "A", "start=0 end=5 step=0"], "in whole steps"),
        (["parameters"], ["range", "a", "A", "A", "start=0 end=1000001"], "1,000,002 points, 1,0"),
        ([], ["begin_group", "a"], "the group 'a' is not closed"),
        ([], ["end_group"], "end_group closes no group"),
    ],
)
def test_faults_of_a_survey_row(
    folder: Folder, columns: list[str], row: list[str], expected: str
) -> None:
    before = [
        ["integer", "age", "Age", "Âge"],
        ["note", "hi", "Hi", "Salut"],
        ["text", "phone", "Phone", "Téléphone", *[""] * 4],
    ]
    after = ["text", "last", "Anything else?", "Autre chose ?"]
    columns = [*columns, "bot::pii"] if "bot::pii" not in columns else columns
    before[2][len(columns) + 3] = "yes"
    folder.form("profile", survey(*before, row, after, columns=columns))
    (said,) = [
        s
        for s in folder.says()
        if not s.startswith("questionnaires/profile.md, survey ro")
        or s.startswith("questionnaires/profile.md, survey row 5: ")
    ]
    assert expected in said
    assert len(folder.faults()) == 1


def test_circular_relevance_is_found_however_long_the_way(folder: Folder) -> None:
    folder.form(
        "profile",
        survey(
            ["begin_group", "g", "", "", "${c} = 1"],
            ["integer", "a", "A", "A"],
            ["end_group"],
            ["integer", "b", "B", "B", "${a} = 1"],
            ["integer", "c", "C", "C", "${b} = 1 or ${d} = 1"],
            ["integer", "d", "D", "D"],
            columns=["relevant"],
        ),
    )
    circular = "which is circular: that depends on this in turn."
    place = "questionnaires/profile.md, survey row"
    assert folder.says() == [
        f"{place} 2: 'relevant' refers to ${{c}}, {circular}",
        f"{place} 5: 'relevant' refers to ${{a}}, {circular}",
        f"{place} 6: 'relevant' refers to ${{b}}, {circular}",
        f"{place} 6: 'relevant' refers to ${{d}}, which is asked later: move that item up.",
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["yes_no", "Yes!", "Y", "O"], "the name 'Yes!' must be 1 to 24 of a-z, 0-9 and _"),
        (["yes_no", "yes", "Y", "O"], "the list has two choices named 'yes'"),
        (["", "maybe", "Y", "O"], "the choice belongs to no list"),
        (["yes_no", "maybe", "Y", ""], "the label is missing in 'fr'"),
        (["yes_no", "maybe", "", ""], "the choice has no label"),
        (["yes_no", "maybe", "M" * 65, "M"], "'en' has 65 characters, 64 is the most on Telegram"),
        (["yes_no", "maybe", "M", "M", "99"], "'missing' is dont_know, refused or empty"),
        (["yes_no", "maybe", "M", "M", "", "7.5"], "'spss_code' is a whole number, not '7.5'"),
        (["yes_no", "maybe", "M", "M", "refused", "7"], "gets its number by itself"),
        (["numbers", "maybe", "M", "M"], "other choices of the list 'numbers' have a spss_code"),
        (["numbers", "maybe", "M", "M", "", "01"], "two choices with the spss_code 1"),
        (["yes_no", "maybe", "Is it ${a}?", "M"], "quotes an answer with ${...}, which a choice"),
        (["yes_no", "maybe", "YES", "M"], "the list has two choices 'YES': typed"),
        (["yes_no", "maybe", "M", "M", "", "", "may be; yes!"], "'yes!' is another choice's label"),
        (["yes_no", "maybe", "M", "M", "", "", "", "oui"], "'oui' is another choice's label"),
        (["yes_no", "maybe", "M", "M", "", "", "*"], "'*' has neither letters nor digits"),
    ],
)
def test_faults_of_a_choices_row(folder: Folder, row: list[str], expected: str) -> None:
    form = survey(["select_one yes_no", "a", "A", "A"])
    header, *choices = form["choices"]
    choices.append(["numbers", "one", "One", "Un", "", "1"])
    header = [*header, "spss_code", "alias", "alias::Français (fr)"]
    folder.form("profile", form | {"choices": [header, *choices, row]})
    said = folder.fault()
    assert said.startswith("questionnaires/profile.md, choices row 10: ")
    assert expected in said


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("label::German (de)", "the language of 'label::German (de)' is not one of"),
        ("label", "'label' says the same as another column. Remove one."),
        ("label::Frnch", "'label::Frnch' must name its language, as in 'label::French (fr)'"),
        ("label:French", "Write 'label::French', with two colons."),
        ("label::Français (fr)", "'label::Français (fr)' says the same as another column"),
        ("label::French (fr)", "two columns are headed 'label::French (fr)'"),
        ("hint::English (en)", "there is no 'hint' in 'fr': add its column"),
        ("relevance", "'relevance' is not a column known here. Write 'relevant'."),
    ],
)
def test_faults_of_columns(folder: Folder, header: str, expected: str) -> None:
    folder.form("profile", survey(["text", "a", "A", "A", "1"], columns=[header]))
    said = folder.fault()
    assert said.startswith("questionnaires/profile.md, survey row 1: ")
    assert expected in said


def test_an_empty_column_is_no_fault(folder: Folder) -> None:
    columns = ["trigger", "relevance", "label", "hint::German (de)"]
    folder.form("profile", survey(["text", "a", "A", "A"], columns=columns))
    read_pack(folder.path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Nothing.", "has no sheet named 'survey'"),
        ("| survey |\n| | type | name |\n", "profile.md, survey: asks nothing"),
        (
            "| survey |\n| | type | name | label::E (en) | label::F (fr) |\n"
            "| | text | a | A | A |\n\n| choice |\n| | list_name |\n",
            "profile.md: the sheet 'choice' is not read. Did you mean 'choices'?",
        ),
        (
            "| survey |\n| | type | name | label::E (en) | label::F (fr) |\n"
            "| | text | a | A | A |\n| | text | b | B | B | B |\n",
            "profile.md, survey row 3: has a cell under no column",
        ),
        (
            "| survey |\n|---|---|\n| | type | name | label::E (en) | label::F (fr) |\n"
            "|---|---|\n| | | | | |\n| | text | meta | A | A\n",
            "profile.md, survey row 3: ",  # Only pyxform knows that this name is taken.
        ),
    ],
)
def test_faults_of_a_form_as_a_whole(folder: Folder, content: str, expected: str) -> None:
    folder.write("questionnaires/profile.md", content)
    assert folder.fault().startswith("questionnaires/")
    assert expected in folder.fault()


def test_a_file_that_is_no_workbook_is_refused(folder: Folder) -> None:
    (folder.path / "questionnaires/opinion.md").unlink()
    folder.write("questionnaires/opinion.xlsx", b"not a zip file")
    assert "opinion.xlsx: cannot be read as .xlsx" in folder.fault()


def test_a_questionnaire_is_used_and_stands_in_one_file(folder: Folder) -> None:
    as_csv(folder.path / "questionnaires/opinion", OPINION)
    folder.form("spare", OPINION)
    assert folder.says() == [
        "questionnaires/opinion.md: is the same questionnaire as opinion.csv. Remove one.",
        "questionnaires/spare.md: belongs to no wave and is not the profile. "
        "Name it in deliberation.toml.",
    ]


def test_the_form_s_default_language_must_be_the_source(folder: Folder) -> None:
    settings_sheet = [["default_language"], ["Français (fr)"]]
    folder.form("profile", survey(["text", "a", "A", "A"]) | {"settings": settings_sheet})
    assert "profile.md, settings row 2: 'default_language' is 'Français (fr)'" in folder.fault()


def test_all_faults_are_told_at_once_by_file_and_row(folder: Folder) -> None:
    folder.replace("deliberation.toml", 'code = "town-hall"', 'code = "Town"\nlanguage = "en"')
    folder.replace("deliberation.toml", "+01:00", "")
    folder.write("consent.fr.md", "")
    folder.replace("briefings/the-park.fr.md", "oak.png", "elm.png")
    folder.write("briefings/stray.txt", "")
    folder.replace("questionnaires/opinion.md", "${often} > 1", "${offen} > 1")
    folder.replace("questionnaires/opinion.md", "Les chiens", "")
    folder.form("profile", survey(["geopoint", "where", "W", "O"], ["text", "x y", "X", "X"]))
    faults = folder.faults()
    assert [(fault.file, fault.sheet, fault.row) for fault in faults] == [
        ("briefings/stray.txt", None, None),
        ("briefings/the-park.fr.md", None, 7),
        ("consent.fr.md", None, None),
        ("deliberation.toml", None, 1),
        ("deliberation.toml", None, 2),
        ("deliberation.toml", None, 26),
        ("questionnaires/opinion.md", "choices", 6),
        ("questionnaires/opinion.md", "survey", 7),
        ("questionnaires/profile.md", "survey", 2),
        ("questionnaires/profile.md", "survey", 3),
    ]
    assert all(fault.message.endswith((".", "?")) for fault in faults)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                [
                    *("", "survey", "choices", "settings", "type", "name", "label::E (en)", "text"),
                    *("label::F (fr)", "select_one a", "a", "b", "list_name", "begin_group", "|"),
                    *("end_group", "relevant", "${a}", "1 +", "range", "parameters", "start=1"),
                    *("form_title", "hint", "begin_repeat", "-", "#", "\\"),
                ]
            ),
            max_size=7,
        ),
        max_size=9,
    ),
    st.sampled_from([".md", ".csv"]),
)
def test_whatever_a_form_contains_it_is_read_or_refused(rows: Rows, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(Path(path))
        (folder.path / "questionnaires/profile.md").unlink()
        separator = "|" if suffix == ".md" else ","
        start = "|" if suffix == ".md" else ""
        lines = [start + separator.join(row) for row in rows]
        folder.write(f"questionnaires/profile{suffix}", "\n".join(lines))
        try:
            read_pack(folder.path)
        except PackRefused as refusal:
            assert {fault.file for fault in refusal.faults} == {f"questionnaires/profile{suffix}"}
