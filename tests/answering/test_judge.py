"""The model that judges whether a quote answers a question."""

from pathlib import Path

import numpy as np
import pytest
import torch

from answering.judge import Quote, QuoteJudge, open_judge
from core.errors import ConfigurationError, ModelUnavailableError
from core.settings import Settings
from core.types import Span
from finetuning.judge_examples import Example
from finetuning.judge_training import JudgeModel, JudgeOptions, log_odds, train_judge, write_judge
from retrieval.bundled_model import find_bundled_weights, unpack_bundled_model
from retrieval.text_encoder import TextEncoder
from web.application import Application

QUESTION = "Tiền ăn của học viên mỗi ngày là bao nhiêu?"
QUOTES = [
    Quote("Nghị quyết 12/2025/NQ-HĐND", "Điều 4. Mức hỗ trợ", "a) Tiền ăn: 150.000 đồng/người/ngày học thực tế."),
    Quote("Nghị quyết 12/2025/NQ-HĐND", "Điều 4. Mức hỗ trợ", "b) Học viên vắng quá 20% số tiết thì học lại."),
    Quote("Báo cáo 7/BC-UBND", "", "Tên"),
]  # fmt: skip


@pytest.fixture(scope="module")
def model_folder(assistant: Application) -> Path:
    weights = find_bundled_weights()
    assert weights is not None
    return unpack_bundled_model(weights, assistant.settings.data_dir / "models")


@pytest.fixture(scope="module")
def judge(assistant: Application) -> QuoteJudge:
    opened = open_judge(assistant.settings)
    assert opened is not None
    return opened


def test_what_is_trained_in_torch_judges_alike_in_numpy(model_folder: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = JudgeModel(JudgeOptions(layers=(0, 2), depth=2)).eval()
    write_judge(model, tmp_path / "judge.safetensors")
    encoder = TextEncoder(model_folder, depth=2)
    judge = QuoteJudge(lambda depth: TextEncoder(model_folder, depth=depth), tmp_path / "judge.safetensors")
    in_torch = log_odds(model, encoder, [Example(QUESTION, quote, None) for quote in QUOTES])
    assert np.allclose(judge.score(QUESTION, QUOTES) or [], in_torch, atol=0.02)


def test_training_learns_to_tell_quotes_apart(model_folder: Path) -> None:
    right, wrong, other = QUOTES
    start = right.text.index("150.000")
    examples = [
        Example(QUESTION, right, Span(start, start + 7)),
        Example(QUESTION, wrong, None),
        Example("Ai?", other, None),
    ]
    losses: list[float] = []
    aucs: list[float] = []
    train_judge(
        TextEncoder(model_folder, depth=1),
        lambda draw: examples * 20,
        examples,
        JudgeOptions(layers=(0, 1), width=32, depth=1, epochs=40, batch=6, learning_rate=5e-3, dropout=0.0),
        on_epoch=lambda number, loss, auc: (losses.append(loss), aucs.append(auc or 0.0)),
    )
    assert losses[-1] < losses[0] / 3
    assert aucs[-1] == 1.0


@pytest.mark.parametrize(
    ("question", "text", "near"),
    [
        (QUESTION, QUOTES[0].text, "Tiền tàu xe của học viên mỗi chuyến là bao nhiêu?"),
        (
            "Xã tôi phải gửi báo cáo trước ngày mấy hằng tháng?",
            "2. Ủy ban nhân dân cấp xã gửi báo cáo về Sở Khoa học và Công nghệ trước ngày 20 hằng tháng.",
            "Xã tôi phải gửi báo cáo theo mẫu số mấy?",
        ),
        (
            "Ai làm tổ trưởng tổ công nghệ số?",
            "Tổ trưởng là công chức văn hóa - xã hội do Chủ tịch Ủy ban nhân dân cấp xã cử.",
            "Tổ trưởng tổ công nghệ số được phụ cấp bao nhiêu?",
        ),
    ],
)
def test_an_answer_is_judged_likelier_than_a_near_miss(judge: QuoteJudge, question: str, text: str, near: str) -> None:
    quote = Quote("Quyết định 31/2025/QĐ-UBND", "Điều 5", text)
    [answer], [miss] = (judge.score(asked, [quote]) or [] for asked in (question, near))
    assert answer > miss


def test_a_quote_or_a_question_without_a_word_is_no_answer(judge: QuoteJudge) -> None:
    assert judge.score("", QUOTES) == [float("-inf")] * 3
    assert judge.score(QUESTION, [Quote("", "", "")]) == [float("-inf")]


def test_half_a_character_breaks_nothing(judge: QuoteJudge) -> None:
    assert judge.score(f"{QUESTION}\ud800", QUOTES[:1]) == pytest.approx(judge.score(QUESTION, QUOTES[:1]))


def test_a_damaged_or_missing_file_is_named_with_the_remedy(tmp_path: Path, model_folder: Path) -> None:
    damaged = tmp_path / "hỏng.safetensors"
    damaged.write_bytes(b"\x00" * 40)
    for path in (damaged, tmp_path / "không có"):
        with pytest.raises(ConfigurationError, match="QUOTE_JUDGE"):
            QuoteJudge(lambda depth: TextEncoder(model_folder, depth=depth), path)


def test_none_opens_no_judge() -> None:
    assert open_judge(Settings(_env_file=None, quote_judge="none")) is None  # type: ignore[call-arg]


def test_without_its_encoder_it_is_silent_and_asked_once(tmp_path: Path) -> None:
    tried = []

    def fails(depth: int) -> TextEncoder:
        tried.append(depth)
        raise ModelUnavailableError("đĩa đầy")

    judge = QuoteJudge(fails)
    assert judge.score(QUESTION, QUOTES) is None
    assert judge.score(QUESTION, QUOTES) is None
    assert len(tried) == 1
