from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from core.types import AnswerMethod, PathStep, Section, SectionKind, Span
from tests.web.values import TEXT, make_answer, make_citation, make_document
from web.rendering import answer_html, context_of, evidence_html, highlighted, plain_answer, whole_text

HOSTILE = "<img src=x onerror=alert(1)> [link](javascript:alert(1)) \"'><script>alert(1)</script> **đậm**"


class Seen(HTMLParser):
    """What a browser would make of the HTML: tags with attributes, all text, and the marked text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked = ""
        self._marks = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._marks += tag == "mark"

    def handle_endtag(self, tag):
        self._marks -= tag == "mark"

    def handle_data(self, data):
        self.text += data
        self.marked += data if self._marks else ""


def provision(start: int, end: int, number: str = "5") -> Section:
    return Section((PathStep(SectionKind.ARTICLE, number),), f"Điều {number}", "", Span(start, end), 1)


@given(st.text(alphabet=st.sampled_from("ab<>&\"' ờ\n"), max_size=60), st.data())
def test_highlighting_changes_no_character_and_marks_the_span(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    seen = Seen(highlighted(text, [Span(start, end)]))
    assert seen.text == text
    assert seen.marked == text[start:end]


@given(st.text(alphabet=st.sampled_from("ab<&\n"), max_size=60), st.data())
def test_whole_text_keeps_every_character_whatever_the_anchors(text, data):
    offsets = st.integers(0, len(text))
    start, end = sorted((data.draw(offsets), data.draw(offsets)))
    html = whole_text(text, data.draw(st.lists(offsets, max_size=5)), Span(start, end))
    seen = Seen(html)
    assert seen.text == text
    assert seen.marked == text[start:end]
    assert html.count('id="trich"') == (1 if start < end else 0)


def test_hostile_text_is_shown_as_text_everywhere():
    document = make_document(HOSTILE, title=HOSTILE)
    citation = replace(make_citation(HOSTILE, text=HOSTILE, document=document), label=HOSTILE)
    answer = replace(
        make_answer(HOSTILE, citation),
        method=AnswerMethod.LLM,
        warnings=(HOSTILE,),
        nearest=(document,),
        model=HOSTILE,
    )
    abstained = replace(answer, method=AnswerMethod.ABSTAINED)
    section = replace(provision(0, len(HOSTILE)), label=HOSTILE, heading=HOSTILE)
    for html in (answer_html(answer, 0), answer_html(abstained, 0), evidence_html(citation, HOSTILE, [section])):
        seen = Seen(html)
        assert "<img src=x onerror" in seen.text
        for tag, attributes in seen.tags:
            assert tag not in {"img", "script"}
            assert not any(name.startswith("on") for name in attributes)
            assert not (attributes.get("href") or "").startswith("javascript")


def test_each_citation_is_a_named_button_and_numbers_in_brackets_stay_text():
    forged = "Xem [1] và [7]. Báo cáo trước ngày 15 tháng 12."
    citation = make_citation(forged, text=forged)
    seen = Seen(answer_html(make_answer("Theo [1] khoản 1", citation), 3))
    [cited, source] = [attributes for tag, attributes in seen.tags if attributes.get("data-action") == "cite"]
    for cite in (cited, source):
        assert (cite["data-turn"], cite["data-marker"]) == ("3", "1")
        assert "khoản 1 Điều 5 Quyết định 12/QĐ-UBND" in (cite["aria-label"] or "")
    assert "Theo [1] khoản 1" in seen.text
    assert forged in seen.text


def test_the_decisive_words_of_a_quote_are_marked():
    citation = make_citation("Báo cáo trước ngày 15 tháng 12.")
    start = TEXT.index("ngày 15 tháng 12")
    decided = replace(citation, decisive=(Span(start, start + len("ngày 15 tháng 12")),))
    assert Seen(answer_html(make_answer("Theo khoản 1", decided), 0)).marked == "ngày 15 tháng 12"
    assert Seen(answer_html(make_answer("Theo khoản 1", replace(citation, decisive=(citation.span,))), 0)).marked == ""


def test_a_table_in_a_quote_is_shown_as_a_table():
    rows = "TT | Nội dung | Kinh phí\n1 | Lớp học | 20"
    seen = Seen(answer_html(make_answer("Theo Phụ lục", make_citation(rows, text=rows)), 0))
    assert [tag for tag, _ in seen.tags].count("td") == 6


def test_abstained_answer_names_the_nearest_documents():
    answer = replace(
        make_answer("Kho văn bản không có nội dung này."), method=AnswerMethod.ABSTAINED, nearest=(make_document(),)
    )
    html = answer_html(answer, 0)
    assert "Quyết định 12/QĐ-UBND" in Seen(html).text
    assert 'href="/van-ban/abc123"' in html


def test_given_thumb_is_shown_as_pressed():
    answer = make_answer("Trước 15/12.")
    pressed = {
        attributes["data-helpful"]: attributes["aria-pressed"]
        for _, attributes in Seen(answer_html(answer, 0, helpful=False)).tags
        if attributes.get("data-action") == "vote"
    }
    assert pressed == {"true": "false", "false": "true"}


def test_evidence_shows_the_provision_with_the_quote_marked_and_links_to_it():
    citation = make_citation("Hồ sơ gồm <b>đơn</b> & bản sao.")
    html = evidence_html(citation, TEXT, [provision(0, len(TEXT))])
    seen = Seen(html)
    assert seen.marked == citation.quote
    assert "Thời hạn" in seen.text
    assert f"/van-ban/abc123?tu={citation.span.start}&den={citation.span.end}#trich" in html
    assert "Còn hiệu lực" in seen.text


def test_context_is_the_widest_provision_that_fits_else_the_lines_around():
    article, clause = provision(0, 3000), provision(100, 200, "6")
    text = ("x" * 99 + "\n") * 100
    assert context_of(Span(120, 130), text, [article, clause]) == (article.span, article)
    whole_law = provision(0, len(text), "1")
    around, section = context_of(Span(5000, 5050), text, [whole_law])
    assert section == whole_law
    assert around.start < 5000 and around.end > 5050 and around.end - around.start < 2000
    assert text[around.start - 1] == "\n" and text[around.end] == "\n"


def test_copied_answer_carries_its_citations():
    plain = plain_answer(make_answer("Theo khoản 1", make_citation("Báo cáo trước ngày 15 tháng 12.")))
    assert "Theo khoản 1 [1]:\n“Báo cáo trước ngày 15 tháng 12.”" in plain
    assert "[1] khoản 1 Điều 5 Quyết định 12/QĐ-UBND, trang 1: “Báo cáo trước ngày 15 tháng 12.”" in plain
