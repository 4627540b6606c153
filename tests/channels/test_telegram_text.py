"""Texts: Markdown as Telegram's HTML, in parts that Telegram takes."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.markdown import Run, clip, read, split
from bot.channels.telegram.html import MOST_MARKUP, parts
from tests.cast.telegram_html import parse_html, utf16_length


def html(markdown: str) -> str:
    [part] = parts(read(markdown))
    return part


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# Consent\n\nYou take part.", "<b>Consent</b>\n\nYou take part."),
        ("a **b *c*** ~~d~~ `e`", "a <b>b <i>c</i></b> <s>d</s> <code>e</code>"),
        ("one\ntwo  \nthree", "one two\nthree"),
        ("- a\n- b\n\nafter", "• a\n• b\n\nafter"),
        ("3. a\n4. b\n   - c\n5. d", "3. a\n4. b\n  • c\n5. d"),
        ("0. a\n1. b", "0. a\n1. b"),
        ("> a\n>\n> b\n\nc", "<blockquote>a\n\nb</blockquote>\n\nc"),
        ("> a\n> > b", "<blockquote>a\n\nb</blockquote>"),
        ("> **a** `b`", "<blockquote><b>a</b> <code>b</code></blockquote>"),
        ("```python\nif a < b:\n    c()\n```", "<pre>if a &lt; b:\n    c()</pre>"),
        ("**a `b`**", "<b>a </b><code>b</code>"),
        ("a\n\n---\n\nb", "a\n\n──────────\n\nb"),
        ("![a picture](x.png)\n\nwords", "words"),
        ("<b>a</b> & <script>", "&lt;b&gt;a&lt;/b&gt; &amp; &lt;script&gt;"),
        ("[a](https://b.org/?c=d&e=f)", '<a href="https://b.org/?c=d&amp;e=f">a</a>'),
        ("[a](mailto:b@c.org) [d](tg://resolve?domain=e)",
         '<a href="mailto:b@c.org">a</a> <a href="tg://resolve?domain=e">d</a>'),
        ("[a](ftp://b.org) [c](relative) [d](#e)", "a c d"),
        ('[a](https://b.org/"c)', '<a href="https://b.org/%22c">a</a>'),
        ("[**a** b](https://c.org)", '<a href="https://c.org"><b>a</b> b</a>'),
        (f"[a](https://b.org/{'c' * 3000})", "a"),
    ],
)  # fmt: skip
def test_markdown_is_written_in_telegrams_html(markdown: str, expected: str) -> None:
    assert html(markdown) == expected
    parse_html(expected)


def test_a_link_that_could_run_something_is_plain_words() -> None:
    assert "<a" not in html("[a](javascript:alert(1))")
    assert "<a" not in html("[a](data:text/html,b)")


def test_plain_text_stands_for_itself() -> None:
    text = "**2 < 3** & <b>`so`</b> [on](https://a.org)"
    [part] = parts([Run(text)])
    assert parse_html(part) == (text, [], part)


marked_up = st.text(alphabet="ab .\n*_~`>#-[]()<&!\\1😀é\u0301\u200dع", max_size=300) | st.lists(
    st.sampled_from(
        ["# a\n", "**b** ", "- c\n", "  - d\n", "> e\n", "\n", "`f`", "```\ng\n```\n", "<i>", "&",
         "[h](https://i.org) ", "***\n", "_j_ ", "1. k\n", "😀" * 9, "Un mot. ", "字。"]
    ),
    max_size=60,
).map("".join)  # fmt: skip


@given(marked_up, st.integers(min_value=8, max_value=120))
@example("> **a\n> b**\n\n" * 9, 8)
def test_parts_are_balanced_within_the_limit_and_lose_nothing(markdown: str, limit: int) -> None:
    runs = read(markdown)
    shown = [parse_html(part) for part in parts(runs, limit)]
    assert all(utf16_length(part.text) <= limit for part in shown)
    assert all(part.text.strip() == part.text != "" for part in shown)
    assert letters("".join(part.text for part in shown)) == letters("".join(r.text for r in runs))


@given(st.text(max_size=400), st.integers(min_value=2, max_value=50))
def test_plain_parts_lose_nothing_but_white_space(text: str, limit: int) -> None:
    shown = ["".join(run.text for run in part) for part in split([Run(text)], limit)]
    assert letters("".join(shown)) == letters(text)
    assert all(utf16_length(part) <= limit for part in shown)


def letters(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("aaaa bb\n\ncccc dddd", ["aaaa bb", "cccc dddd"]),
        ("aaaa\nbb cc dddd eeee", ["aaaa", "bb cc dddd", "eeee"]),
        ("aaaa b. cc dddd", ["aaaa b.", "cc dddd"]),
        ("一二三四。五六七八九十", ["一二三四。", "五六七八九十"]),
        ("aaaabbbbccccdddd", ["aaaabbbbcc", "ccdddd"]),
        ("aaaaaaaaae\u0301bbb", ["aaaaaaaaa", "e\u0301bbb"]),
        ("aaaaaa😀\u200d😀bbb", ["aaaaaa", "😀\u200d😀bbb"]),
    ],
)
def test_a_text_is_cut_where_it_hurts_least(text: str, expected: list[str]) -> None:
    assert ["".join(run.text for run in part) for part in split([Run(text)], 10)] == expected


def test_four_thousand_characters_go_in_one_message_and_one_more_in_two() -> None:
    assert [len(part) for part in parts([Run("a" * 4096)])] == [4096]
    assert [len(part) for part in parts([Run("a" * 4097)])] == [4096, 1]
    assert len(parts([Run("😀" * 2049)])) == 2


def test_a_style_goes_on_in_the_next_part() -> None:
    first, second = parts(read("> **" + "word " * 1500 + "end**"))
    assert first.startswith("<blockquote><b>word") and first.endswith("word</b></blockquote>")
    assert second.startswith("<blockquote><b>word") and second.endswith("end</b></blockquote>")


def test_many_links_are_spread_over_more_messages() -> None:
    markdown = " ".join(f"[a](https://b.org/{'c' * 200}/{n})" for n in range(100))
    made = parts(read(markdown))
    assert len(made) > 2
    assert all(len(part) < MOST_MARKUP + 4096 for part in made)
    assert sum(part.count("<a ") for part in made) == 100


def test_a_clipped_text_shows_that_it_is() -> None:
    assert clip("abc", 3) == "abc"
    assert clip("abcd", 3) == "ab…"
    assert clip("A tram, a bus", 10) == "A tram, a…"
    assert clip("A tram, a bus", 9) == "A tram,…"
    assert clip("A " + "b" * 30, 20) == "A " + "b" * 17 + "…"
    assert clip("😀😀", 3) == "😀…"


@given(st.text(alphabet="ab<>&\"'/ ;#39\n", max_size=200))
def test_what_citizens_wrote_cannot_become_markup(text: str) -> None:
    for part in parts([Run(text)]):
        assert parse_html(part)[:2] == (text.strip(), [])
