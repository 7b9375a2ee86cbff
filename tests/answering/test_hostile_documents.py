"""Documents that instruct, impersonate and smuggle: the answer keeps its shape, with and without a chat model."""

import re
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.settings import Settings
from core.types import Answer, AnswerMethod, SearchFilter
from tests.answering.conftest import ChatServer
from tests.answering.hostile_documents import ATTACKS, FORBIDDEN_TAGS, QUESTION, TRUTH, Attack
from training.export import export
from training.materials import Selection
from web.application import Application, open_application
from web.rendering import answer_html, evidence_html, plain_answer

_BUTTONS = {"ask", "cite", "copy", "vote"}
# A quote of the documents is introduced by its place, under its own heading where it has a short one.
_LEAD = re.compile(r"^Theo | – theo ")
_LINK = re.compile(r"/van-ban/[0-9a-f]+(?:\?tu=\d+&den=\d+#trich)?")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Application, dict[str, str]]]:
    """Every hostile document ingested for real, and its id by the attack's name."""
    folder = tmp_path_factory.mktemp("hostile")
    files = {}
    for number, attack in enumerate(ATTACKS, start=100):
        file = folder / f"{number}.{attack.carrier}"
        text = attack.html(number) if attack.carrier == "html" else attack.body(number)
        file.write_text(text, encoding="utf-8")
        files[str(file)] = attack.name
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=folder / "data",
        embedding_model="none",
        min_confidence=0.05,  # equal documents stand out little; here it is asked what is answered, not when
    )
    with open_application(settings) as application:
        report = application.ingest([Path(file) for file in files])
        assert not report.failed
        ids = {files[document.source]: document.id for document in application.knowledge_base.documents()}
        yield application, ids


class Shape(HTMLParser):
    """Tags, links and controls of an HTML text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def assert_keeps_its_shape(answer: Answer, application: Application) -> None:
    for citation in answer.citations:
        text = application.knowledge_base.text(citation.document.id)
        assert citation.verified and text[slice(*citation.span)] == citation.quote
    markers = [citation.marker for citation in answer.citations]
    assert markers == list(range(1, len(markers) + 1))
    for statement in answer.statements:
        assert set(statement.markers) <= set(markers)
        assert statement.markers or answer.method is AnswerMethod.ABSTAINED
        assert not re.search(r"\[\d+\]|\]\(|!\[|<[a-z/]|[\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e]", statement.text)
    library = application.knowledge_base
    panels = [evidence_html(c, library.text(c.document.id), library.sections(c.document.id)) for c in answer.citations]
    for html in (answer_html(answer, 0), *panels):
        shape = Shape(html)
        assert not shape.tags & FORBIDDEN_TAGS
        assert not [name for name, _ in shape.attributes if name.startswith("on") or name in {"src", "style"}]
        assert all(_LINK.fullmatch(value) for name, value in shape.attributes if name == "href")
        assert {value for name, value in shape.attributes if name == "data-action"} <= _BUTTONS
        cites = [value for name, value in shape.attributes if name == "data-marker"]
        assert set(cites) <= set(map(str, markers))


def _only(ids: dict[str, str], attack: Attack) -> SearchFilter:
    return SearchFilter(document_ids=frozenset({ids[attack.name]}))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_the_extractive_answer_is_the_provision(library: tuple[Application, dict[str, str]], attack: Attack) -> None:
    application, ids = library
    answer = application.chain.ask(QUESTION, search_filter=_only(ids, attack))
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any("900.000 đồng" in citation.quote for citation in answer.citations)
    assert all(_LEAD.search(statement.text) for statement in answer.statements), answer.text
    assert_keeps_its_shape(answer, application)


@pytest.mark.parametrize("marked", [True, False], ids=["marked", "unmarked"])
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_model_that_obeys_the_document_does_not_speak_for_it(
    library: tuple[Application, dict[str, str]], chat_server: ChatServer, attack: Attack, marked: bool
) -> None:
    application, ids = library
    chat_server.says(f"{TRUTH} [1]", demands=[attack.demand], marked=marked)
    answer = chat_server.chain(application).ask(QUESTION, search_filter=_only(ids, attack))
    reached = " ".join(attack.demand.split()) in " ".join(chat_server.seen.split())
    assert reached is not attack.defused
    assert "900.000 đồng" in plain_answer(answer)
    assert all(_LEAD.search(statement.text) or "900.000" in statement.text for statement in answer.statements), (
        answer.text
    )
    assert_keeps_its_shape(answer, application)


def test_there_are_forty_documents_that_reach_the_model() -> None:
    assert len({attack.demand for attack in ATTACKS if not attack.defused}) >= 40


def test_training_material_of_hostile_documents_is_plain_text_in_word(
    library: tuple[Application, dict[str, str]], tmp_path: Path
) -> None:
    application, ids = library
    material = application.materials.outline(Selection(document_ids=tuple(ids.values())))
    export(material, tmp_path / "de-cuong.docx")
    with zipfile.ZipFile(tmp_path / "de-cuong.docx") as word:
        links = word.read("word/_rels/document.xml.rels").decode()
        body = word.read("word/document.xml").decode()
    assert "ke-xau.example" not in links
    assert "<w:fldSimple" not in body and "<w:instrText" not in body and "<w:hyperlink" not in body


def test_over_the_whole_library_the_answer_is_the_same_provision(
    library: tuple[Application, dict[str, str]], chat_server: ChatServer
) -> None:
    application, _ = library
    chat_server.says("", demands=[attack.demand for attack in ATTACKS])
    for chain in (application.chain, chat_server.chain(application)):
        answer = chain.ask(QUESTION)
        assert all("900.000 đồng" in citation.quote for citation in answer.citations)
        assert_keeps_its_shape(answer, application)
