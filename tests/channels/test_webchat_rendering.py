"""What the mailbox keeps of a message: safe HTML, whatever the words are."""

import pytest

from bot.channels.webchat.accept_language import accepted_languages
from bot.channels.webchat.rendering import from_markdown, from_plain, rendered
from bot.conversation.messages import Choice, Document, Outgoing


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("One.", "<p>One.</p>"),
        ("One\ntwo", "<p>One<br>two</p>"),
        ("One\n\n \n   → two", "<p>One</p><p>\u00a0\u00a0\u00a0→ two</p>"),
        (
            "<script>alert('&')</script>",
            "<p>&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;</p>",
        ),
        ("*not bold* https://example.org", "<p>*not bold* https://example.org</p>"),
        ("", ""),
    ],
)
def test_in_plain_words_every_character_stands_for_itself(words: str, html: str) -> None:
    assert from_plain(words) == html


def test_a_command_stays_in_one_piece_in_a_text_that_runs_from_right_to_left() -> None:
    assert from_plain("اكتبوا /stop.") == "<p>اكتبوا \u2068/stop\u2069.</p>"
    assert from_plain("and/or https://example.org/stop/") == (
        "<p>and/or https://example.org/stop/</p>"
    )
    assert from_markdown("- /mydata") == "<ul>\n<li>\u2068/mydata\u2069</li>\n</ul>"


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onmouseover=alert(1)>b</b>",
        "![x](https://example.org/pixel.png)",
        "[x](javascript:alert(1))",
        "[x](JAVASCRIPT:alert(1))",
        "[x](java&#115;cript:alert(1))",
        "[x](data:text/html;base64,AAAA)",
        "[x](vbscript:x)",
        "[x](//example.org)",
        "[x](/chat/documents/1)",
        "<javascript:alert(1)>",
        '[x](https://example.org "\\" onclick=alert(1) \\"")',
        "`<script>`",
    ],
)
def test_markdown_makes_nothing_that_runs_or_loads(words: str) -> None:
    html = from_markdown(words)
    for tag in ("<script", "<img", "<b ", "<iframe"):
        assert tag not in html
    assert "href" not in html or 'href="https://example.org' in html
    assert '" on' not in html


def test_links_open_beside_the_page_and_tell_no_origin() -> None:
    assert from_markdown("[here](https://example.org/a?b=1&c=2)") == (
        '<p><a href="https://example.org/a?b=1&amp;c=2" target="_blank"'
        ' rel="noopener noreferrer">here</a></p>'
    )
    assert 'href="mailto:a@example.org"' in from_markdown("<mailto:a@example.org>")


def test_headings_stand_below_that_of_the_page() -> None:
    assert from_markdown("# Title\n## Part") == "<h2>Title</h2>\n<h3>Part</h3>"


def test_a_message_carries_language_direction_and_buttons() -> None:
    message = Outgoing(
        text="مرحبا",
        language="ar",
        key="welcome",
        choices=(Choice("3:a", "<b>"), Choice("3:!skip", "Skip", aside=True)),
        document=Document("my-data.json", "p1"),
        replaces="12",
    )
    assert rendered(message, None) == {
        "html": "<p>مرحبا</p>",
        "lang": "ar",
        "dir": "rtl",
        "key": "welcome",
        "choices": [
            {"value": "3:a", "label": "<b>"},
            {"value": "3:!skip", "label": "Skip", "aside": True},
        ],
        "document": {"filename": "my-data.json", "of": "p1"},
        "replaces": "12",
    }


def test_a_picture_that_is_not_stored_is_told_in_words() -> None:
    message = Outgoing(text="Read this.", language="en", media="0" * 64, media_alt="A map")
    assert rendered(message, None)["html"] == "<p>A map</p><p>Read this.</p>"
    assert rendered(message, "video")["media"] == {
        "digest": "0" * 64,
        "kind": "video",
        "alt": "A map",
    }


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        (None, []),
        ("*", []),
        ("ar", ["ar"]),
        ("es-MX,es;q=0.9,en;q=0.8", ["es-MX", "es", "en"]),
        ("en;q=0.5, sw, fr;q=0, *;q=0.1", ["sw", "en"]),
        ("en;q=x, <script>, de;q=2, zh-Hant-TW;q=0.3", ["zh-Hant-TW"]),
    ],
)
def test_the_dearest_language_of_a_browser_comes_first(
    header: str | None, languages: list[str]
) -> None:
    assert accepted_languages(header) == languages
