"""Sample documents as self-contained HTML and as Markdown."""

from html import escape

from scripts.sample_corpus.source import (
    MOTTO,
    SAMPLE_MARK,
    Block,
    BlockKind,
    SampleDocument,
    Style,
    bold_runs,
    is_number,
)

_CSS = """
body { font: 1.05rem/1.5 "Times New Roman", "Liberation Serif", serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
.mark, .note, .ground, .dated { font-style: italic; }
.mark, .note, .centre, h1, .title, .letterhead td { text-align: center; }
.mark { font-size: .85rem; }
h1 { font-size: 1.15rem; margin: 1.5rem 0 0; }
h2 { font-size: 1.05rem; }
p { text-align: justify; text-indent: 2.5em; margin: .4rem 0; }
.mark, .note, .centre, .title, td p { text-indent: 0; }
td p { text-align: inherit; margin: 0; }
.centre, .title { font-weight: bold; text-align: center; }
table { width: 100%; border-collapse: collapse; margin: .8rem 0; }
.letterhead td, .signature td { vertical-align: top; width: 50%; }
.letterhead p { text-align: center; }
.signature .for { text-align: center; font-weight: bold; }
.signature .signer { margin-top: 5rem; }
.signature .to { font-size: .9rem; text-align: left; }
table.data th, table.data td { border: 1px solid #333; padding: .25rem .5rem; }
table.data td.figure { text-align: right; }
""".strip()


def write_html(document: SampleDocument) -> bytes:
    """The document as one HTML file that loads nothing else."""
    body = [_p(SAMPLE_MARK, "mark"), *_html_letterhead(document, numbered=True)]
    if document.kind:
        body += [f"<h1>{escape(document.kind)}</h1>", _p(document.title, "title")]
    for block in document.blocks:
        body += _html_block(document, block)
    name = escape(f"{document.kind} {document.number}".strip())
    head = f'<meta charset="utf-8">\n<title>{name}</title>\n<style>\n{_CSS}\n</style>'
    page = f'<!DOCTYPE html>\n<html lang="vi">\n<head>\n{head}\n</head>\n<body>\n' + "\n".join(body)
    return (page + "\n</body>\n</html>\n").encode()


def _p(text: str, css_class: str = "") -> str:
    marked = "".join(f"<strong>{escape(run)}</strong>" if bold else escape(run) for run, bold in bold_runs(text))
    return f'<p class="{css_class}">{marked}</p>' if css_class else f"<p>{marked}</p>"


def _html_letterhead(document: SampleDocument, *, numbered: bool) -> list[str]:
    left = [_p(f"**{line}**") for line in document.issuer]
    right = [_p(f"**{line}**") for line in MOTTO[document.style]]
    if numbered:
        left.append(_p(document.number_line))
        right.append(_p(document.dated, "dated"))
        if not document.kind:
            left.append(_p(document.title))
    return [
        '<table class="letterhead"><tr>',
        "<td>" + "\n".join(left) + "</td>",
        "<td>" + "\n".join(right) + "</td>",
        "</tr></table>",
    ]


def _html_block(document: SampleDocument, block: Block) -> list[str]:
    match block.kind:
        case BlockKind.TEXT:
            return [_p(block.text)]
        case BlockKind.CENTRED:
            return [_p(block.text, "centre")]
        case BlockKind.NOTE | BlockKind.GROUND:
            return [_p(block.text, block.kind.value)]
        case BlockKind.HEADING:
            return [f"<h2>{escape(block.text)}</h2>"]
        case BlockKind.TABLE:
            return _html_table(block)
        case BlockKind.SIGNATURE:
            return _html_signature(document)
        case BlockKind.ATTACHMENT:
            return ["<hr>", *_html_letterhead(document, numbered=False)]
        case BlockKind.PAGE_BREAK:
            return ["<hr>"]


def _html_table(block: Block) -> list[str]:
    heads, *rows = block.rows
    html = ['<table class="data">', "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in heads) + "</tr>"]
    for row in rows:
        cells = (f'<td class="figure">{cell}</td>' if is_number(cell) else f"<td>{escape(cell)}</td>" for cell in row)
        html.append("<tr>" + "".join(cells) + "</tr>")
    return [*html, "</table>"]


def _html_signature(document: SampleDocument) -> list[str]:
    to = [_p("**Nơi nhận:**", "to"), *(_p(f"- {recipient}", "to") for recipient in document.recipients)]
    signed = [*(_p(line, "for") for line in document.signed_for), _p(document.signer, "for signer")]
    return [
        '<table class="signature"><tr>',
        "<td>" + "\n".join(to) + "</td>",
        "<td>" + "\n".join(signed) + "</td>",
        "</tr></table>",
    ]


def write_markdown(document: SampleDocument) -> bytes:
    """The document as Markdown, one paragraph a line."""
    parts = [f"*{SAMPLE_MARK}*"]
    if document.style is Style.DIGEST:
        parts.append(f"# {document.title}")
    else:
        parts += _markdown_letterhead(document)
    for block in document.blocks:
        parts += _markdown_block(document, block)
    return ("\n\n".join(parts) + "\n").encode()


def _markdown_letterhead(document: SampleDocument) -> list[str]:
    parts = [_markdown_lines(document.issuer, bold=True), document.number_line]
    if not document.kind:
        parts.append(document.title)
    parts += [_markdown_lines(MOTTO[document.style], bold=True), f"*{document.dated}*"]
    return [*parts, f"# {document.kind}", f"**{document.title}**"] if document.kind else parts


def _markdown_lines(lines: tuple[str, ...], *, bold: bool = False) -> str:
    """Lines of one paragraph, with hard breaks."""
    return "  \n".join(f"**{line}**" if bold else line for line in lines)


def _markdown_block(document: SampleDocument, block: Block) -> list[str]:
    match block.kind:
        case BlockKind.TEXT:
            return [block.text]
        case BlockKind.CENTRED:
            return [f"**{block.text}**"]
        case BlockKind.NOTE | BlockKind.GROUND:
            return [f"*{block.text}*"]
        case BlockKind.HEADING:
            return [f"## {block.text}"]
        case BlockKind.TABLE:
            heads, *rows = ("| " + " | ".join(row) + " |" for row in block.rows)
            return ["\n".join([heads, "|" + " --- |" * len(block.widths), *rows])]
        case BlockKind.SIGNATURE:
            recipients = tuple(f"- {recipient}" for recipient in document.recipients)
            signed = _markdown_lines((*document.signed_for, document.signer), bold=True)
            return ["**Nơi nhận:**\n" + "\n".join(recipients), signed]
        case BlockKind.ATTACHMENT:
            return [
                "---",
                _markdown_lines(document.issuer, bold=True),
                _markdown_lines(MOTTO[document.style], bold=True),
            ]
        case BlockKind.PAGE_BREAK:
            return ["---"]
