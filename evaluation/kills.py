"""Kills the ingestion at random moments and checks that nothing accepted is lost and nothing half is left.

    python -m evaluation.kills --kills 100 --documents 50

Documents of four formats are handed in and worked off by a child process that is killed (SIGKILL) and started again;
some kills hit the start, most the accepting, reading and storing. At the end every store is compared with the
catalogue, and searches with those of a library that was built without disturbance.
"""

import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from operator import ne
from pathlib import Path
from typing import IO

import numpy as np

from core.settings import Settings
from core.text import syllables
from ingest.intake import accept_paths
from ingest.jobs import JobState, Stage
from ingest.pipeline import Ingestion
from ingest.queue import IngestQueue
from ingest.reading import ReadLimits
from ingest.worker import ReaderProcess, open_reader
from retrieval.embeddings import NO_MODEL, Embedder, open_token_counter
from retrieval.knowledge_base import KnowledgeBase

_TOPICS = (
    "đào tạo kỹ năng số cho cán bộ cấp xã", "hỗ trợ tổ công nghệ số cộng đồng", "quản lý và chia sẻ dữ liệu dùng chung",
    "cuộc thi sáng kiến chuyển đổi số", "bảo đảm an toàn thông tin mạng", "đánh giá kết quả cải cách hành chính",
    "mua sắm thiết bị cho trung tâm phục vụ hành chính công", "ứng dụng trí tuệ nhân tạo trong dịch vụ công",
)  # fmt: skip
_AGENCIES = ("Sở Khoa học và Công nghệ", "Sở Nội vụ", "Sở Tài chính", "Văn phòng Ủy ban nhân dân tỉnh")
_LIMITS = ReadLimits()
_MAX_TOKENS = 320
_FONT = Path(__file__).parents[1] / "scripts" / "sample_corpus" / "fonts" / "SampleCorpusSerif-Regular.ttf"
# So many kills of ten hit the start, when what the last one left is being mended.
_KILLS_AT_START_OF_TEN = 2
_CHILD_TIMEOUT_S = 180


class HashedSyllables(Embedder):
    """Vectors of hashed syllables: the same in every run and made in no time, so that searches can be compared."""

    fingerprint = "kills/hashed-syllables"

    @property
    def dimension(self) -> int:
        """Few are enough to tell the documents apart."""
        return 64

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors of passages."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a text."""
        vector = np.full(self.dimension, 1e-3)
        for syllable in syllables(text.lower()):
            vector[zlib.crc32(syllable.encode()) % self.dimension] += 1
        as_list: list[float] = (vector / np.linalg.norm(vector)).tolist()
        return as_list


@dataclass(frozen=True)
class KillScore:
    """What was left after the kills; all is well when nothing was lost, left over or changed.

    Attributes:
        kills: How many hit a living process.
        kills_by_moment: How many hit the start, and how many each kind of work.
        lost: Documents that were handed in and are not in the library.
        not_done: Jobs that are not done, such as those that were given up as poisonous.
        orphans: Vectors, word postings, spooled bytes or intents that belong to nothing, or are missing.
        searches_different: Of `searches`, those that found other than in the undisturbed library.
    """

    kills: int
    kills_by_moment: dict[str, int]
    documents: int
    lost: int
    not_done: int
    orphans: list[str]
    searches: int
    searches_different: int
    elapsed_s: float

    @property
    def is_clean(self) -> bool:
        """Nothing was lost, left over or changed."""
        return not (self.lost or self.not_done or self.orphans or self.searches_different)


def run(documents: int, kills: int, *, seed: int = 0) -> KillScore:
    """Builds the library once under kills and once without, and compares."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        files, killed, calm = (Path(folder, name) for name in ("files", "killed", "calm"))
        files.mkdir()
        write_documents(files, documents, seed=seed)
        _work_calmly(calm, files)
        moments = _work_under_kills(killed, files, kills, random.Random(seed))  # noqa: S311 – moments, no secrets
        orphans = _orphans(killed)
        found, expected = _content(killed), _content(calm)
        questions = [f"{topic} {agency}" for topic in _TOPICS for agency in _AGENCIES]
        return KillScore(
            kills=sum(moments.values()),
            kills_by_moment=moments,
            documents=documents,
            lost=len(expected - found),
            not_done=_not_done(killed),
            orphans=orphans,
            searches=2 * len(questions),
            searches_different=sum(map(ne, _found(killed, questions), _found(calm, questions))),
            elapsed_s=round(time.monotonic() - started, 1),
        )


def write_documents(folder: Path, count: int, *, seed: int) -> None:
    """`count` small plans, each with a number of its own, in turn as Word, PDF, HTML and plain text."""
    chooser = random.Random(seed)  # noqa: S311 – texts, no secrets
    for number in range(1, count + 1):
        topic, agency = chooser.choice(_TOPICS), chooser.choice(_AGENCIES)
        paragraphs = [
            "ỦY BAN NHÂN DÂN TỈNH", f"Số: {number}/KH-UBND", f"Lam Giang, ngày {1 + number % 28} tháng 3 năm 2026",
            "KẾ HOẠCH", f"Về việc {topic} năm 2026",
        ]  # fmt: skip
        for article in range(1, chooser.randint(4, 9)):
            paragraphs += [
                f"Điều {article}. Nhiệm vụ {article} về {chooser.choice(_TOPICS)}",
                f"1. {agency} chủ trì, phối hợp với {chooser.choice(_AGENCIES)} thực hiện {topic}.",
                f"2. Kinh phí là {chooser.randint(20, 900)} triệu đồng, hoàn thành trước ngày {chooser.randint(1, 28)}"
                f" tháng {chooser.randint(4, 12)} năm 2026.",
            ]
        kind, content = _WRITERS[number % len(_WRITERS)]
        (folder / f"ke-hoach-{number:03d}.{kind}").write_bytes(content(paragraphs))


def _docx(paragraphs: Sequence[str]) -> bytes:
    from docx import Document

    document = Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _pdf(paragraphs: Sequence[str]) -> bytes:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.add_font("serif", fname=str(_FONT))
    pdf.set_font("serif", size=12)
    pdf.add_page()
    for paragraph in paragraphs:
        pdf.multi_cell(0, 7, paragraph, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _html(paragraphs: Sequence[str]) -> bytes:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f'<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><body>{body}</body></html>'.encode()


_WRITERS: tuple[tuple[str, Callable[[Sequence[str]], bytes]], ...] = (
    ("docx", _docx),
    ("pdf", _pdf),
    ("html", _html),
    ("txt", lambda paragraphs: "\n\n".join(paragraphs).encode()),
)


# The child: what the web application does, without the web


def _settings(folder: Path) -> Settings:
    return Settings(_env_file=None, data_dir=folder, embedding_model=NO_MODEL)  # type: ignore[call-arg]


@contextmanager
def _library(folder: Path) -> Iterator[KnowledgeBase]:
    with KnowledgeBase.open(_settings(folder), HashedSyllables()) as library:
        yield library


def work(data_dir: Path, files: Sequence[Path]) -> None:
    """Hands `files` in and works everything off, telling each step on standard output, until its input ends."""
    with _library(data_dir) as library, closing(IngestQueue(data_dir)) as queue:
        reader = partial(open_reader, _LIMITS, partial(open_token_counter, _settings(data_dir)), _MAX_TOKENS)
        ingestion = Ingestion(queue, library, partial(ReaderProcess, reader, timeout_s=60, memory_mb=1024), workers=2)
        ingestion.start()
        _tell("ready")
        for file in files:
            accepted = accept_paths(queue, [file], _LIMITS)
            if accepted.job_ids:
                _tell(f"accepted {file.name}")
        while any(queue.counts()[state] for state in (JobState.WAITING, JobState.RUNNING)):
            time.sleep(0.05)
        _tell("finished")
        sys.stdin.read()
        ingestion.close()


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


# The parent


class _Child:
    """A running child and what it has told."""

    def __init__(self, data_dir: Path, files: Sequence[Path]) -> None:
        self.told: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "evaluation.kills", "--work", data_dir, *files],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._listener.start()

    def wait_for(self, line: str) -> None:
        end = time.monotonic() + _CHILD_TIMEOUT_S
        while line not in self.told:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the child ended with {self._process.poll()} before it said {line!r}")
            time.sleep(0.005)

    def kill(self) -> None:
        self._process.kill()
        self._end()

    def finish(self) -> None:
        self.wait_for("finished")
        self._end()

    def _end(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=_CHILD_TIMEOUT_S)
        self._listener.join()

    def _listen(self, output: IO[str]) -> None:
        with output:
            self.told.extend(map(str.strip, output))


def _work_calmly(data_dir: Path, files: Path) -> None:
    _Child(data_dir, sorted(files.iterdir())).finish()


def _work_under_kills(data_dir: Path, files: Path, kills: int, chooser: random.Random) -> dict[str, int]:
    """Kills and starts again, so that the work lasts about as long as the kills; then lets it end. Kills by moment."""
    to_hand_in = sorted(files.iterdir())
    total = len(to_hand_in)
    moments = dict.fromkeys(("starting", "accepting", "reading", "storing", "idle"), 0)
    start_s, mean_life_s = 1.0, 1.0
    for number in range(kills):
        begun = time.monotonic()
        child = _Child(data_dir, to_hand_in)
        if chooser.random() * 10 < _KILLS_AT_START_OF_TEN and number:
            time.sleep(chooser.uniform(0, start_s))
        else:
            child.wait_for("ready")
            start_s = time.monotonic() - begun
            time.sleep(chooser.uniform(0, 2 * mean_life_s))
        child.kill()
        to_hand_in = [file for file in to_hand_in if f"accepted {file.name}" not in child.told]
        moments[_moment(data_dir, child.told, bool(to_hand_in))] += 1
        # More work has to be left than kills: live longer when behind, shorter when ahead.
        mean_life_s *= 1.1 if _done(data_dir) / total < (number + 1) / kills else 0.85
    _Child(data_dir, to_hand_in).finish()
    return moments


def _moment(data_dir: Path, told: Sequence[str], handing_in: bool) -> str:
    if "ready" not in told:
        return "starting"
    if handing_in:
        return "accepting"
    with closing(IngestQueue(data_dir)) as queue:
        stages = {job.stage for job in queue.listed(most=1000) if job.state is JobState.RUNNING}
    return "storing" if Stage.STORING in stages else "reading" if stages else "idle"


def _done(data_dir: Path) -> int:
    with closing(IngestQueue(data_dir)) as queue:
        return queue.counts()[JobState.DONE]


# What is left


def _content(data_dir: Path) -> set[tuple[str, str, tuple[str, ...]]]:
    with _library(data_dir) as library:
        return {
            (document.source, library.text(document.id), tuple(chunk.text for chunk in library.chunks(document.id)))
            for document in library.documents()
        }


def _not_done(data_dir: Path) -> int:
    with closing(IngestQueue(data_dir)) as queue:
        return sum(count for state, count in queue.counts().items() if state is not JobState.DONE)


def _orphans(data_dir: Path) -> list[str]:
    """What the stores hold too much or too little; looked at before anything could mend it."""
    with KnowledgeBase.open(_settings(data_dir), HashedSyllables(), writable=False) as library:
        found = [*library.verify().faults]
    return found + [f"spooled {path.name}" for path in (data_dir / "spool").iterdir() if path.name != ".lock"]


def _found(data_dir: Path, questions: Sequence[str]) -> list[list[tuple[float, str]]]:
    """For each question the chunks nearest by words and those nearest by meaning, in an order without chance."""
    embedder = HashedSyllables()
    with _library(data_dir) as library:
        hits = [library.search_words(question, limit=20, folded=False) for question in questions]
        hits += [library.search_vectors(embedder.embed_query(question), limit=20) for question in questions]
    return [_without_tied_end(sorted((round(-hit.score, 3), hit.chunk_id) for hit in each)) for each in hits]


def _without_tied_end(hits: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Equal scores at the end of a list may go on beyond it: which of them it holds depends on the order of storing."""
    return [hit for hit in hits if hit[0] != hits[-1][0]]


def main() -> None:
    """Prints the score as one JSON object; ends with 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--documents", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", nargs="+", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work[0], options.work[1:])
        return
    score = run(options.documents, options.kills, seed=options.seed)
    sys.stdout.write(json.dumps(asdict(score), ensure_ascii=False) + "\n")
    sys.exit(0 if score.is_clean else 1)


if __name__ == "__main__":
    main()
