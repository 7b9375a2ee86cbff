import pytest

from core.errors import StoreError
from tests.web.values import make_answer, make_citation
from web.feedback import Feedback


def test_judgement_keeps_question_answer_citations_and_account(tmp_path):
    path = tmp_path / "feedback.sqlite"
    answer = make_answer("Trước ngày 15 tháng 12.", make_citation("Báo cáo trước ngày 15 tháng 12."))
    Feedback(path).record("lan", "báo cáo khi nào", answer, helpful=True)
    (judgement,) = Feedback(path).judgements()
    assert (judgement.account, judgement.helpful, judgement.question) == ("lan", True, "báo cáo khi nào")
    assert judgement.answer == answer.text
    assert judgement.citations == ("Quyết định 12/QĐ-UBND, khoản 1 Điều 5",)


def test_changed_mind_replaces_the_judgement_and_others_keep_theirs(tmp_path):
    feedback = Feedback(tmp_path / "feedback.sqlite")
    answer = make_answer("Trước ngày 15 tháng 12.")
    feedback.record("lan", "khi nào", answer, helpful=True)
    feedback.record("minh", "khi nào", answer, helpful=True)
    feedback.record("lan", "khi nào", answer, helpful=False)
    assert {judgement.account: judgement.helpful for judgement in feedback.judgements()} == {"lan": False, "minh": True}


def test_unwritable_place_is_told(tmp_path):
    (tmp_path / "tep").write_text("không phải thư mục")
    with pytest.raises(StoreError, match="đánh giá"):
        Feedback(tmp_path / "tep" / "feedback.sqlite").record("lan", "?", make_answer("."), helpful=True)
