"""`app.py traces`: what an administrator sees of the chat model's answers."""

import json
from pathlib import Path

import pytest

import app
from answering.traces import JudgedSentence, Trace, TraceStore


def test_traces_are_listed_and_one_is_shown_in_full(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trace = Trace.begin("con to truong", "Nhiệm kỳ của tổ trưởng?", (), "mô hình", "v1")
    trace.raw = "Nhiệm kỳ là 7 năm. [1]"
    trace.judged.append(JudgedSentence("Nhiệm kỳ là 7 năm.", (1,), ("con số 7 năm không có",), 0.5))
    trace.outcome = "abstained"
    TraceStore(tmp_path / "traces.sqlite", days=30).keep(trace.ended())
    assert app.main(["traces", "--json", "--data-dir", str(tmp_path)]) == 0
    [listed] = json.loads(capsys.readouterr().out)["traces"]
    assert (listed["typed"], listed["sentences"][0]["verified"]) == ("con to truong", False)
    assert app.main(["traces", str(listed["id"]), "--data-dir", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "con số 7 năm không có" in shown and trace.raw in shown
    assert app.main(["traces", "99", "--data-dir", str(tmp_path)]) == 2


def test_without_traces_the_list_is_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["traces", "--json", "--data-dir", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out) == {"traces": []}
