"""Slips of character recognition that can only be slips: spelling that Vietnamese does not have, fixed phrases.

Only diacritics, punctuation and labels are put right, and never a figure. Letters become figures in two places that
hold nothing else: the day and month of a date in words, and the National Assembly's term (`QHI5`).
"""

import re
import unicodedata
from functools import lru_cache

from core.syllable import is_vietnamese_syllable
from core.text import fold_diacritics

# Words of official language of which no other word has the same letters: whatever diacritics were recognised, these
# are meant. Taken from the forms of Decree 30/2020/NĐ-CP and Decree 34/2016/NĐ-CP.
_COMPOUNDS = (
    "ban hành|bãi bỏ|bảo đảm|bảo hiểm|bổ sung|bộ trưởng|cấp huyện|chấp hành|chế độ|chi tiết|chiến lược|"
    "chính phủ|chính quyền|chính sách|chủ tịch|chủ trì|chuyển đổi|công dân|công nghệ|cung cấp|"
    "cụ thể|dịch vụ|doanh nghiệp|dự án|đào tạo|đất đai|đề án|đề nghị|địa phương|điều chỉnh|điều kiện|đối tượng|"
    "đơn vị|giải quyết|giám đốc|hạnh phúc|hiến pháp|hiệu lực|hiệu quả|hỗ trợ|hồ sơ|hội đồng|"
    "hướng dẫn|kế hoạch|khai thác|khuyến khích|kiểm tra|kinh phí|kinh tế|lãnh đạo|mục tiêu|nghị định|"
    "nghị quyết|ngân sách|nhà nước|nhiệm vụ|phạm vi|phê duyệt|phối hợp|phổ cập|phụ lục|phương tiện|quản lý|quốc hội|"
    "quy định|quy hoạch|quyền hạn|quyết định|quyết nghị|sử dụng|sửa đổi|tài chính|tài nguyên|tập huấn|tổ chức|"
    "tổng cục|tổng hợp|tổng kết|thành phố|thẩm quyền|thi hành|thông tin|thông tư|thủ trưởng|thủ tục|thủ tướng|"
    "thực hiện|thương binh|thường trực|trách nhiệm|trung ương|trực thuộc|văn bản|văn phòng|"
    "vi phạm|viên chức|việt nam|xã hội|chủ nghĩa|nhân dân|độc lập|xây dựng|yêu cầu"
)
_BY_LETTERS = {fold_diacritics(compound): compound for compound in _COMPOUNDS.split("|")}
_LETTERS = r"[^\W\d_]"
# In a date these can only be figures.
_DATE = re.compile(r"\b(ngày )([\dlI|\]OŠS]{1,2})( tháng )([\dlI|\]OŠS]{1,2})(?= năm )")
_FIGURES = str.maketrans("lI|]OŠS", "1111055")
_PAIR = re.compile(rf"(?<!{_LETTERS})(?=({_LETTERS}+) ({_LETTERS}+)(?!{_LETTERS}))")
_WORD = re.compile(rf"(?<!\w){_LETTERS}+(?!\w)")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
# Letters that differ by a mark on or over them, and are taken for one another.
_ALIKE = {letter: group.replace(letter, "") for group in ("aăâ", "eê", "oôơ", "uư", "dđ") for letter in group}

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("\u2044", "/"),
        ("[ÐĐ]{2,}(?=-)|Ð", "Đ"),
        (r"(?<=\d/QH)[Il|](?=\d)", "1"),
        (r"^[~¬»«]\s?(?=\w)", "- "),
        (r"^[-–—]\s?[-–—]\s?(?=\w)", "- "),
        (r"(?<!\S)(?:-{2,}|—)(?!\S)", "-"),
        # Labels that open a line of the letterhead or a provision.
        (r"^(?:§|S)[ôốồóòoõðổỗ6á]\s?[:;.](?=\s?\S)", "Số:"),
        (r"^(Luật|Nghị quyết|Bộ luật|Pháp lệnh) s[ôồổỗ]\s?:", r"\1 số:"),
        (r"^Đi[eêèéềếểễẻ]u (?=\d+[a-zđ]?\s?[.:])", "Điều "),
        (r"^(-\s)?C[^\W\d_]n c[^\W\d_](?=\s[^\W\d_a-zà-ỹ])", r"\1Căn cứ"),
        (r"^[Ll]\.?\s(?=[^\W\d_]{2,}\s?[^\W\d_])(?=[^a-zà-ỹ]+$)", "I. "),
        (r"^l(?=[.)]\s)", "1"),
        (r"^[øØ](?=\)\s)", "g"),
        # Between the figures of a date only these two words can stand.
        (r"\b(ng[aà]y \d{1,2}) th[^\W\d_]ng (?=\d{1,2} n[aăâ]m \d)", r"\1 tháng "),
        (r"\bng[aà]y (?=\d{1,2} tháng \d{1,2} n[aăâ]m \d)", "ngày "),
        (r"\bs[ôồổỗ] (?=\d+/)", "số "),
        (r"(?<=\bmột )s[ôồổỗóò] (?=điều)", "số "),
        (r"^C[ỌÓÔỒỐ]NG (?=H[OÒ])", "CỘNG "),
    )
)


def repaired(line: str) -> str:
    """`line` as it must have been printed; unchanged wherever more than one reading is possible. Idempotent."""
    for pattern, replacement in _RULES:
        line = pattern.sub(replacement, line)
    line = _DATE.sub(_with_figures, line)
    line = _WORD.sub(lambda match: _well_formed(match.group()), line)
    return _with_compounds(line)


def _with_figures(match: re.Match[str]) -> str:
    day, month = (match[group].translate(_FIGURES) for group in (2, 4))
    return f"{match[1]}{day}{match[3]}{month}" if int(day) <= 31 and int(month) <= 12 else match.group()


def _with_compounds(line: str) -> str:
    letters = list(line)
    for match in _PAIR.finditer(line):
        start, end = match.start(1), match.end(2)
        meant = _BY_LETTERS.get(fold_diacritics(line[start:end]).lower())
        if meant is not None:
            letters[start:end] = [
                letter.upper() if read.isupper() else letter
                for letter, read in zip(meant, line[start:end], strict=True)
            ]
    return "".join(letters)


@lru_cache(maxsize=20_000)
def _well_formed(word: str) -> str:
    """The one Vietnamese syllable that differs from `word` in the marks of one letter; `word` if there are more."""
    if len(word) < 3 or is_vietnamese_syllable(word) or not any(ord(letter) > 127 for letter in word):
        return word
    found = set()
    for index, letter in enumerate(word):
        base, tone = _split_tone(letter.lower())
        for other in _ALIKE.get(base, ""):
            changed = unicodedata.normalize("NFC", other + tone)
            candidate = word[:index] + (changed.upper() if letter.isupper() else changed) + word[index + 1 :]
            if is_vietnamese_syllable(candidate):
                found.add(candidate)
    return found.pop() if len(found) == 1 else word


def _split_tone(letter: str) -> tuple[str, str]:
    decomposed = unicodedata.normalize("NFD", letter)
    tone = "".join(mark for mark in decomposed if mark in _TONES)
    return unicodedata.normalize("NFC", "".join(mark for mark in decomposed if mark not in _TONES)), tone
