"""One questionnaire that uses all that the subset has, from every format, and what is in it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.questionnaire import MediaKind
from bot.domain.questionnaire_document import from_document, to_document
from bot.packs.load import read_pack
from tests.packs.forms import Book, Folder, as_csv, as_markdown, as_workbook

SURVEY = [
    [
        *("type", "name", "label::English (en)", "label::Français (fr)", "hint::en", "hint::fr"),
        *("required", "required_message::English (en)", "required_message::Français (fr)"),
        *("relevant", "constraint", "constraint_message::en", "constraint_message::fr"),
        *("calculation", "choice_filter", "parameters", "default", "readonly", "appearance"),
        *("media::image", "audio::English (en)", "media::audio::Français (fr)"),
        *("media::video::en", "media::video::fr", "bot::dont_know", "bot::refused", "bot::pii"),
    ]
]


def row(type_: str, name: str = "", en: str = "", fr: str = "", **cells: str) -> list[str]:
    """A row of SURVEY. `_` in the names of `cells` stands for whatever joins the words."""
    filled = {"type": type_, "name": name, "label::English (en)": en, "label::Français (fr)": fr}
    header = SURVEY[0]
    for word, value in cells.items():
        (column,) = (c for c in header if c.replace("::", "_").split(" ")[0] == word)
        filled[column] = value
    return [filled.get(column, "") for column in header]


EVERYTHING: Book = {
    "survey": [
        *SURVEY,
        row("note", "hello", "Hello", "Bonjour", media_image="oak.png"),
        row("hidden", "place", default="town"),
        row("trigger", "ready", "Ready?", "Prêt ?", required="yes"),
        row(
            "decimal", "size", "How tall, in m?", "Taille en m ?",
            constraint=". < 3", constraint_message_en="Under 3", constraint_message_fr="Moins de 3",
            default="1.7", required="yes", required_message_English="Needed",
            required_message_Français="Requis",
        ),
        row(
            "begin group", "more", "More on ${size} m", "Plus sur ${size} m",
            relevant="${size} > 1",
        ),
        row(
            "date", "born", "Born when?", "Né quand ?",
            constraint=". <= today()", bot_refused="yes",
        ),
        row(
            "select one regions", "region", "Which region?", "Quelle région ?",
            default="north", appearance="minimal quick", bot_dont_know="yes",
        ),
        row(
            "select_one towns", "town", "Which town in ${region}?", "Quelle ville ?",
            choice_filter="region = ${region} or name='other'", hint_en="Near", hint_fr="Près",
        ),
        row(
            "rank topics", "order", "Rank these", "Classez ceci",
            parameters="randomize=true seed=${size}",
        ),
        row("select_multiple topics", "likes", "Which?", "Lesquels ?", default="air dogs",
            constraint="count-selected(.) <= 2", parameters="randomize = true"),
        row("end group"),
        row("calculate", "cm", calculation="round(${size} * 100)"),
        row("integer", "shown", "In cm", "En cm", calculation="${cm}", readonly="TRUE"),
        row("range", "mood", "Mood?", "Humeur ?", parameters="start=0, end=1; step=0.25",
            default="0.5"),
        row("text", "why", "Why ${shown}?", "Pourquoi ${shown} ?", default="it's “so”",
            audio_English="en.mp3", media_audio_Français="fr.ogg", media_video_en="a.mp4",
            media_video_fr="a.mp4"),
        row("text", "phone", "Phone?", "Téléphone ?", bot_pii="yes"),
    ],
    "choices": [
        ["list_name", "name", "label::English (en)", "label::Français (fr)", "spss_code",
         "missing", "region", "_ours", "alias", "alias::Français (fr)"],
        ["regions", "north", "North", "Nord", "1", "", "", "", "N; NO ;N.", "le septentrion"],
        ["regions", "south", "South", "Sud", "2"],
        ["regions", "none", "I will not say", "Secret", "", "refused"],
        ["towns", "a", "Aville", "Aville", "", "", "north", "big"],
        ["towns", "b", "Btown", "Bville", "", "", "south"],
        ["towns", "other", "Another", "Autre"],
        ["topics", "air", "Air", "Air"],
        ["topics", "dogs", "Dogs", "Chiens"],
        ["topics", "noise", "Noise", "Bruit"],
    ],
    "settings": [["form_title", "form_id", "version"], ["Everything", "all", "2027-01-01"]],
}  # fmt: skip


def topics() -> list[dict[str, object]]:
    words = [("air", "Air", "Air"), ("dogs", "Dogs", "Chiens"), ("noise", "Noise", "Bruit")]
    return [{"code": c, "label": {"en": en, "fr": fr}, "missing": None} for c, en, fr in words]


def file(name: str) -> str:
    return f"questionnaires/media/{name}"


IN_GROUP = "${size} > 1"

DOCUMENT = {
    "code": "opinion",
    "version": 1,
    "title": {"en": "Everything"},
    "items": [
        {
            "code": "hello",
            "type": "note",
            "label": {"en": "Hello", "fr": "Bonjour"},
            "media": {"image": {"en": file("oak.png")}},
        },
        {"code": "place", "type": "hidden", "calculation": "'town'"},
        {
            "code": "ready",
            "type": "acknowledge",
            "label": {"en": "Ready?", "fr": "Prêt ?"},
            "required": True,
        },
        {
            "code": "size",
            "type": "decimal",
            "label": {"en": "How tall, in m?", "fr": "Taille en m ?"},
            "required": True,
            "required_message": {"en": "Needed", "fr": "Requis"},
            "constraint": ". < 3",
            "constraint_message": {"en": "Under 3", "fr": "Moins de 3"},
            "default": "'1.7'",
        },
        {
            "code": "more",
            "type": "note",
            "label": {"en": "More on ${size} m", "fr": "Plus sur ${size} m"},
            "relevant": IN_GROUP,
        },
        {
            "code": "born",
            "type": "date",
            "label": {"en": "Born when?", "fr": "Né quand ?"},
            "relevant": IN_GROUP,
            "constraint": ". <= today()",
            "can_refuse": True,
        },
        {
            "code": "region",
            "type": "select_one",
            "label": {"en": "Which region?", "fr": "Quelle région ?"},
            "relevant": IN_GROUP,
            "choices": [
                {"code": "north", "label": {"en": "North", "fr": "Nord"}, "missing": None,
                 "number": 1,
                 "aliases": {"": ["N", "NO", "N."], "fr": ["le septentrion"]}},
                {"code": "south", "label": {"en": "South", "fr": "Sud"}, "missing": None,
                 "number": 2},
                {"code": "none", "label": {"en": "I will not say", "fr": "Secret"},
                 "missing": "refused"},
            ],
            "default": "'north'",
            "dont_know": True,
        },
        {
            "code": "town",
            "type": "select_one",
            "label": {"en": "Which town in ${region}?", "fr": "Quelle ville ?"},
            "hint": {"en": "Near", "fr": "Près"},
            "relevant": IN_GROUP,
            "choice_filter": "region = ${region} or name='other'",
            "choices": [
                {"code": "a", "label": {"en": "Aville", "fr": "Aville"}, "missing": None,
                 "columns": {"region": "north"}},
                {"code": "b", "label": {"en": "Btown", "fr": "Bville"}, "missing": None,
                 "columns": {"region": "south"}},
                {"code": "other", "label": {"en": "Another", "fr": "Autre"}, "missing": None},
            ],
        },
        {
            "code": "order",
            "type": "rank",
            "label": {"en": "Rank these", "fr": "Classez ceci"},
            "relevant": IN_GROUP,
            "choices": topics(),
            "randomized": True,
            "seed": "${size}",
        },
        {
            "code": "likes",
            "type": "select_multiple",
            "label": {"en": "Which?", "fr": "Lesquels ?"},
            "relevant": IN_GROUP,
            "constraint": "count-selected(.) <= 2",
            "choices": topics(),
            "randomized": True,
            "default": "'air dogs'",
        },
        {"code": "cm", "type": "calculate", "calculation": "round(${size} * 100)"},
        {
            "code": "shown",
            "type": "integer",
            "label": {"en": "In cm", "fr": "En cm"},
            "calculation": "${cm}",
            "read_only": True,
        },
        {
            "code": "mood",
            "type": "range",
            "label": {"en": "Mood?", "fr": "Humeur ?"},
            "scale": [0.0, 1.0, 0.25],
            "default": "'0.5'",
        },
        {
            "code": "why",
            "type": "text",
            "label": {"en": "Why ${shown}?", "fr": "Pourquoi ${shown} ?"},
            "default": '"it\'s “so”"',
            "media": {
                "audio": {"en": file("en.mp3"), "fr": file("fr.ogg")},
                "video": {"en": file("a.mp4"), "fr": file("a.mp4")},
            },
        },
        {
            "code": "phone",
            "type": "text",
            "label": {"en": "Phone?", "fr": "Téléphone ?"},
            "personal": True,
        },
    ],
}  # fmt: skip


@pytest.fixture
def everything(folder: Folder) -> Folder:
    (folder.path / "questionnaires/opinion.md").unlink()
    (folder.path / "questionnaires/media").mkdir()
    for name in ("oak.png", "en.mp3", "fr.ogg", "a.mp4"):
        folder.write(f"questionnaires/media/{name}", f"content of {name}")
    return folder


@pytest.mark.parametrize("write", [as_markdown, as_csv, as_workbook])
def test_all_formats_give_the_same_document(
    everything: Folder, write: Callable[[Path, Book], None]
) -> None:
    write(everything.path / "questionnaires/opinion", EVERYTHING)
    pack = read_pack(everything.path)
    opinion = pack.questionnaires["opinion"]
    assert to_document(opinion) == DOCUMENT
    assert from_document(DOCUMENT) == opinion
    assert pack.media[file("fr.ogg")] == b"content of fr.ogg"
    assert pack.media["oak.png"] == b"\x89PNG", "a briefing's picture of the same name"
    assert pack.media[file("oak.png")] == b"content of oak.png"


def test_a_single_language_form_needs_no_language_in_its_headings(folder: Folder) -> None:
    folder.write(
        "deliberation.toml", 'code = "a"\nlanguages = ["sw"]\nprofile = "p"\n[title]\nsw = "A"\n'
    )
    for path in [*folder.path.glob("*/*"), *folder.path.glob("consent.*")]:
        path.unlink()
    folder.write("consent.sw.md", "Ndiyo")
    folder.form(
        "p",
        {
            "survey": [["type", "name", "label", "hint", "image"], ["text", "a", "A?", "H"]],
            "settings": [["default_language"], ["sw"]],
        },
    )
    (item,) = read_pack(folder.path).questionnaires["p"].items
    assert (item.label, item.hint) == ({"sw": "A?"}, {"sw": "H"})


@pytest.mark.parametrize(
    ("name", "content", "shown", "expected"),
    [
        ("elm.png", b"", "oak.png", "survey row 2: there is no file 'oak.png' in questionnaires/m"),
        ("oak.txt", b"", "oak.txt", "survey row 2: 'oak.txt' is no image that can be sent (png, "),
        ("oak.mp4", b"", "oak.mp4", "survey row 2: 'oak.mp4' is no image that can be sent (png, "),
        ("spare.png", b"", "", "questionnaires/media/spare.png: is shown by no item"),
        ("OAK.png", b"", "oak.png", "questionnaires/media/oak.png: differs from OAK.png only in"),
    ],
)
def test_faults_of_media(
    folder: Folder, name: str, content: bytes, shown: str, expected: str
) -> None:
    (folder.path / "questionnaires/media").mkdir()
    folder.write(f"questionnaires/media/{name}", content)
    if "differs" in expected:
        folder.write(f"questionnaires/media/{shown}", content)
    book = {"survey": [*SURVEY, row("text", "a", "A", "A", media_image=shown)]}
    folder.form("profile", book)
    assert any(expected in said for said in folder.says()), folder.says()


def test_media_may_not_be_larger_than_telegram_takes(folder: Folder) -> None:
    (folder.path / "questionnaires/media").mkdir()
    picture = folder.path / "questionnaires/media/oak.png"
    folder.form("profile", {"survey": [*SURVEY, row("text", "a", "A", "A", media_image="oak.png")]})
    for size in (10 * 1024 * 1024, 10 * 1024 * 1024 + 1):
        with picture.open("wb") as stream:
            stream.truncate(size)
        if size == 10 * 1024 * 1024:
            item = read_pack(folder.path).questionnaires["profile"].items[0]
            assert item.media == {MediaKind.IMAGE: {"en": file("oak.png")}}
    assert "'oak.png' is larger than 10 MB, the most Telegram takes." in folder.fault()


@pytest.mark.parametrize(
    ("channels", "choices", "length", "expected"),
    [
        ("", 4, 64, None),
        ("", 4, 65, "has 65 characters, 64 is the most on Telegram. Shorten it."),
        ('["webchat"]', 4, 500, None),
        ('["webchat", "whatsapp"]', 3, 20, None),
        ('["webchat", "whatsapp"]', 3, 21, "21 characters, 20 is the most on WhatsApp, with 3 ch"),
        ('["whatsapp"]', 4, 24, None),
        ('["whatsapp"]', 4, 25, "25 characters, 24 is the most on WhatsApp, with 4 choices."),
    ],
)
def test_a_choice_must_fit_every_channel_of_the_deliberation(
    folder: Folder, channels: str, choices: int, length: int, expected: str | None
) -> None:
    (folder.path / "questionnaires/opinion.md").unlink()
    toml = (folder.path / "deliberation.toml").read_text(encoding="utf-8")
    if channels:
        toml = f"channels = {channels}\n{toml}"
    folder.write("deliberation.toml", toml.replace('"opinion"', '"profile"'))
    rows = [["l", f"c{n}", str(n), str(n)] for n in range(1, choices)]
    folder.form(
        "profile",
        {
            "survey": [*SURVEY, row("select_one l", "a", "A", "A")],
            "choices": [
                ["list_name", "name", "label::English (en)", "label::French (fr)"],
                *rows,
                ["l", "long", "x" * length, "y"],
            ],
        },
    )
    if expected is None:
        read_pack(folder.path)
    else:
        said = folder.fault()
        assert said.startswith(f"questionnaires/profile.md, choices row {choices + 1}: the label")
        assert expected in said


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('["telegramm"]', "'telegramm' is not a channel known here: telegram, webchat, terminal"),
        ("[]", "'channels' names none"),
        ('"telegram"', "'channels' must be a list of texts"),
    ],
)
def test_faults_of_channels(folder: Folder, written: str, expected: str) -> None:
    folder.replace("deliberation.toml", "languages", f"channels = {written}\nlanguages")
    assert any(expected in said and "row 2" in said for said in folder.says()), folder.says()


@pytest.mark.parametrize(
    ("first", "second", "column"),
    [
        (("select_multiple l", "a"), ("text", "a_x"), "a_x"),
        (("select_multiple l", "a"), ("select_multiple m", "a_x"), "a_x"),
        (("select_one l", "q"), ("text", "q_label"), "q_label"),
        (("rank l", "a"), ("integer", "a_label"), "a_label"),
        (("text", "a_x_y"), ("select_multiple m", "a_x"), "a_x_y"),
    ],
)
def test_two_items_may_not_make_the_same_column(
    folder: Folder, first: tuple[str, str], second: tuple[str, str], column: str
) -> None:
    folder.form(
        "profile",
        {
            "survey": [*SURVEY, row(*first, "A", "A"), row(*second, "B", "B")],
            "choices": [
                ["list_name", "name", "label::English (en)", "label::French (fr)"],
                ["l", "x", "X", "X"],
                ["m", "y", "Y", "Y"],
            ],
        },
    )
    assert folder.fault() == (
        f"questionnaires/profile.md, survey row 3: '{second[1]}' makes the column '{column}' of "
        f"exports, and so does '{first[1]}' in row 2. Rename an item or a choice."
    )


def test_a_wide_range_is_typed(folder: Folder) -> None:
    folder.form(
        "profile",
        {"survey": [*SURVEY, row("range", "a", "A", "A", parameters="start=0 end=1000000")]},
    )
    scale = read_pack(folder.path).questionnaires["profile"].items[0].scale
    assert scale and scale.count == 1_000_001


def test_pyxform_is_not_imported_before_a_questionnaire_is_read() -> None:
    script = (
        "import sys, bot.packs.load; "
        "print([m for m in ('pyxform', 'openpyxl') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
