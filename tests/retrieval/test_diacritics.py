"""Restoring diacritics from what the library's own texts say."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Settings
from core.text import fold_diacritics, nfc
from retrieval.knowledge_base import KnowledgeBase
from tests.retrieval.samples import DATA_RULES, TRAINING_PLAN, parsed_document


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"))  # type: ignore[call-arg]
    with KnowledgeBase.open(settings, None) as library:
        library.store(parsed_document(TRAINING_PLAN, source="a.txt"))
        library.store(parsed_document(DATA_RULES, source="b.txt"))
        library.store(parsed_document("Năm học mới có nam sinh và sở thích sở trường của từng em", source="c.txt"))
        yield library


def test_every_line_of_the_library_is_restored_from_its_bare_form(library: KnowledgeBase) -> None:
    for line in (TRAINING_PLAN + "\n" + DATA_RULES).split("\n"):
        assert library.restore_diacritics(fold_diacritics(line)) == line


def test_neighbours_decide_between_spellings(library: KnowledgeBase) -> None:
    assert library.restore_diacritics("nam 2026") == "năm 2026"
    assert library.restore_diacritics("nam sinh") == "nam sinh"
    assert library.restore_diacritics("So Noi vu") == "Sở Nội vụ"


def test_unknown_and_marked_words_stay_as_typed(library: KnowledgeBase) -> None:
    assert library.restore_diacritics("kinh phí blockchain Kubernetes?") == "kinh phí blockchain Kubernetes?"
    assert library.restore_diacritics("KINH PHI, 2026!") == "KINH PHÍ, 2026!"


def test_what_people_say_and_the_library_does_not_is_restored_too(library: KnowledgeBase) -> None:
    assert library.restore_diacritics("bao nhieu phan tram") == "bao nhiêu phần trăm"
    assert library.restore_diacritics("thue thu nhap ca nhan") == "thuế thu nhập cá nhân"


def test_an_empty_library_restores_by_common_vietnamese(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        assert library.restore_diacritics("thue thu nhap ca nhan") == "thuế thu nhập cá nhân"


@given(st.text(max_size=80))
def test_restoring_only_ever_adds_diacritics(library: KnowledgeBase, question: str) -> None:
    restored = library.restore_diacritics(question)
    assert fold_diacritics(restored).casefold() == fold_diacritics(nfc(question)).casefold()
    assert library.restore_diacritics(restored) == restored


def test_a_removed_document_takes_its_words_along(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        document, _ = library.store(parsed_document("Cấm săn bắt chim mỏ khoằm trên địa bàn tỉnh"))
        library.store(parsed_document(DATA_RULES, source="b.txt"))
        assert library.restore_diacritics("mo khoam") == "mỏ khoằm"
        library.remove([document.id])
        assert library.restore_diacritics("khoam") == "khoam"
        assert library.restore_diacritics("du lieu ca nhan") == "dữ liệu cá nhân"
