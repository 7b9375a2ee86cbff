"""Questions about a cell of a table: the figure, the term or the body that a row gives under a column."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from core.text import syllables
from core.types import Span
from training.bodies import find_bodies
from training.facts import alternatives, read_figure
from training.provisions import Provision, SourceText
from training.questions.drafts import DISTRACTORS, Candidate, Draft, QuestionPool, say_reference
from training.questions.responsibilities import other_bodies
from training.types import QuestionKind
from training.wording import comparable, holds, tidy

_ROW = re.compile(r"^[^\n]*\|[^\n]*$", re.MULTILINE)
_RULE = re.compile(r"[\s|:\-—_=]*")
_NAME_COLUMN = re.compile(
    r"nội dung|nhiệm vụ|chỉ tiêu|tên|hoạt động|lớp|đối tượng|hạng mục|đề án|chương trình|khóa|danh mục|công việc",
    re.IGNORECASE,
)
_SERIAL_COLUMN = re.compile(r"^(?:stt|tt|số\s*tt|số thứ tự)$", re.IGNORECASE)
_LEAD_COLUMN = re.compile(r"chủ trì", re.IGNORECASE)
_TIME_COLUMN = re.compile(r"thời gian|thời hạn|hoàn thành|tiến độ", re.IGNORECASE)
_UNIT_LINE = re.compile(r"(?:Đơn vị(?: tính)?|ĐVT)\s*:\s*([^\n)|]+)", re.IGNORECASE)
_MAX_WITH_HEAD_CHARS = 900


@dataclass(frozen=True, slots=True)
class _Table:
    source: SourceText
    provision: Provision
    head: tuple[str, ...]
    head_span: Span
    rows: tuple[tuple[tuple[str, ...], Span], ...]
    unit: str

    def column(self, index: int) -> list[str]:
        return [cells[index] for cells, _ in self.rows]


def table_questions(pool: QuestionPool) -> Iterator[Candidate]:
    """Questions on tables with one head row and rows of as many cells."""
    for source in pool.sources:
        for table in _tables(source):
            yield from _cells(pool, table)


def _tables(source: SourceText) -> Iterator[_Table]:
    homes = [provision for provision in source.walk() if not provision.children]
    for provision in homes:
        run: list[tuple[tuple[str, ...], Span]] = []
        end = provision.body.start
        for match in (*_ROW.finditer(source.text, *provision.body), None):
            if run and (match is None or source.text[end : match.start()].strip()):
                if table := _table(source, provision, run):
                    yield table
                run = []
            if match is None:
                break
            end = match.end()
            if not _RULE.fullmatch(match.group()):
                cells = tuple(" ".join(cell.split()).strip("*") for cell in match.group().strip().strip("|").split("|"))
                run.append((cells, Span(match.start(), match.end())))


def _table(source: SourceText, provision: Provision, run: Sequence[tuple[tuple[str, ...], Span]]) -> _Table | None:
    head, head_span = run[0]
    rows = tuple((cells, span) for cells, span in run[1:] if len(cells) == len(head) and cells != head)
    if len(head) < 3 or len(rows) < 4 or not all(head) or len(set(head)) < len(head):
        return None
    before = source.text[max(0, head_span.start - 160) : head_span.start]
    unit = _UNIT_LINE.search(before)
    return _Table(source, provision, head, head_span, rows, tidy(unit.group(1)) if unit else "")


def _cells(pool: QuestionPool, table: _Table) -> Iterator[Candidate]:
    name = next(
        (
            index
            for index, head in enumerate(table.head)
            if _NAME_COLUMN.search(head) and not _SERIAL_COLUMN.match(head)
        ),
        None,
    )
    if name is None:
        return
    names = [comparable(cell) for cell in table.column(name)]
    for column, head in enumerate(table.head):
        if column == name or _SERIAL_COLUMN.match(head):
            continue
        for cells, span in table.rows:
            cell = cells[column]
            kind = _kind(head, cell)
            is_clear = 2 <= len(syllables(cells[name])) <= 40 and names.count(comparable(cells[name])) == 1
            if kind and is_clear and table.source.covers(span):
                draft = partial(_ask, pool, table, cells, span, name, column)
                yield Candidate(kind, table.source, table.provision, span, 0.75, draft)


def _kind(head: str, cell: str) -> QuestionKind | None:
    if _LEAD_COLUMN.search(head):
        bodies = find_bodies(cell)
        return QuestionKind.RESPONSIBLE_BODY if len(bodies) == 1 and bodies[0].name == cell else None
    if _TIME_COLUMN.search(head):
        return QuestionKind.DEADLINE if re.search(r"\d", cell) and len(syllables(cell)) <= 8 else None
    return QuestionKind.NUMBER if read_figure(cell) else None


def _ask(pool: QuestionPool, table: _Table, cells: tuple[str, ...], span: Span, name: int, column: int) -> Draft | None:
    key, head = cells[column], table.head[column]
    place = f"Theo bảng tại {say_reference(table.source, table.provision)},"
    row = " ".join(cells)
    column_cells = [other for other in dict.fromkeys(table.column(column)) if not holds(row, other)]
    if _LEAD_COLUMN.search(head):
        question = f"{place} cơ quan nào chủ trì nội dung “{cells[name]}”?"
        distractors = other_bodies(pool, table.source, find_bodies(key)[0], row)
    elif figure := read_figure(key):
        year = re.search(r"^(?:năm\s+)?(20\d\d)$", head, re.IGNORECASE)
        asked = f"số liệu năm {year[1]}" if year else f"số liệu ở cột “{head}”"
        unit = f" (đơn vị: {table.unit})" if table.unit else ""
        question = f"{place} với “{cells[name]}”, {asked} là bao nhiêu{unit}?"
        elsewhere = [other for cell in column_cells if (other := read_figure(cell))]
        distractors = tuple(other.text for other in alternatives(figure, elsewhere) if not holds(row, other.text))
    else:
        question = f"{place} “{cells[name]}” hoàn thành vào thời gian nào?"
        distractors = tuple(other for other in column_cells if _kind(head, other) == _kind(head, key))
    start = table.head_span.start if span.end - table.head_span.start <= _MAX_WITH_HEAD_CHARS else span.start
    return Draft(question, key, distractors[:DISTRACTORS], Span(start, span.end), table.provision.label)
