"""Small real documents and a tiny embedder for the tests of the stores."""

import hashlib
import zlib
from datetime import date

import numpy as np

from core.text import fold_diacritics, syllables
from core.types import (
    Chunk,
    Metadata,
    ParsedDocument,
    PathStep,
    Relation,
    RelationKind,
    Section,
    SectionKind,
    Span,
)
from retrieval.embeddings import Embedder

TRAINING_PLAN = """Mở lớp bồi dưỡng kỹ năng trí tuệ nhân tạo cho cán bộ cấp xã
Kinh phí thực hiện lấy từ ngân sách tỉnh năm 2026
Sở Nội vụ chủ trì, tổng hợp kết quả trước ngày 15 tháng 12"""
DATA_RULES = """Dữ liệu cá nhân chỉ được xử lý khi có sự đồng ý của chủ thể
Cơ quan lưu trữ dữ liệu phải có phương án sao lưu hằng ngày"""


class TinyEmbedder(Embedder):
    """Hashed syllables without diacritics, 64 numbers, unit length."""

    def __init__(self, fingerprint: str = "tiny/64", dimension: int = 64) -> None:
        self.fingerprint = fingerprint
        self._dimension = dimension
        self.embedded = 0

    @property
    def dimension(self) -> int:
        return self._dimension

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.embedded += len(texts)
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = np.full(self._dimension, 1e-3, np.float32)
        for word in syllables(text):
            vector[zlib.crc32(fold_diacritics(word).encode()) % self._dimension] += 1
        return [float(value) for value in vector / np.linalg.norm(vector)]


def parsed_document(text: str, *, source: str = "a.txt", metadata: Metadata | None = None) -> ParsedDocument:
    """One article and one chunk a line of `text`."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    sections, chunks, start = [], [], 0
    for ordinal, line in enumerate(text.split("\n")):
        path = (PathStep(SectionKind.ARTICLE, str(ordinal + 1)),)
        span, label = Span(start, start + len(line)), f"Điều {ordinal + 1}"
        sections.append(Section(path, label, line[:20], span, 1))
        id_ = f"{sha256[:16]}-{ordinal:05d}"
        chunks.append(Chunk(id_, sha256[:16], path, label, source, line, span, 1, 1, len(line.split())))
        start = span.end + 1
    return ParsedDocument(
        id=sha256[:16],
        source=source,
        sha256=sha256,
        format="txt",
        text=text,
        page_starts=(0,),
        metadata=metadata or Metadata(),
        sections=tuple(sections),
        chunks=tuple(chunks),
        text_quality=1.0,
        warnings=("Không thấy số hiệu văn bản.",),
    )


def plan(number: str, issued_on: date | None = None, *, relations: tuple[Relation, ...] = ()) -> Metadata:
    """Metadata of a plan of the provincial People's Committee."""
    return Metadata(
        "Kế hoạch", number, "Đào tạo lực lượng nòng cốt AI", "UBND tỉnh", "", issued_on, None, None, relations
    )


def replaces(target: str, *, scope: str = "", issued_on: date | None = None) -> Relation:
    return Relation(RelationKind.REPLACES, target, scope, issued_on)


PLAN = parsed_document(TRAINING_PLAN, source="ke-hoach.docx", metadata=plan("4407/KH-UBND", date(2025, 11, 3)))
RULES = parsed_document(DATA_RULES, source="quy-che.pdf", metadata=Metadata("Quy chế", "", "Bảo vệ dữ liệu"))
NEW_PLAN = parsed_document(
    TRAINING_PLAN.replace("2026", "2027"), source="ke-hoach.docx", metadata=plan("12/KH-UBND", date(2026, 1, 5))
)
