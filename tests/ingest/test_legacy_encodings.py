"""TCVN3 and VNI: real phrases as their fonts store them, every letter there and back, and Unicode left in peace."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.legacy_encodings import (
    LegacyEncoding,
    LegacyFont,
    convert_legacy,
    decode_by_font,
    decode_legacy,
    font_encoding,
)
from tests.ingest.conftest import Read
from tests.ingest.sample_files import make_pdf

# As stored by .VnTime and VNI-Times, typed from files of the nineties; \xad is the letter ư.
PHRASES = {
    LegacyEncoding.TCVN3: {
        "Céng hoµ x· héi chñ nghÜa ViÖt Nam": "Cộng hoà xã hội chủ nghĩa Việt Nam",
        "§éc lËp - Tù do - H¹nh phóc": "Độc lập - Tự do - Hạnh phúc",
        "C¨n cø NghÞ ®Þnh sè 68 cña ChÝnh phñ vÒ tr\xadng dông": "Căn cứ Nghị định số 68 của Chính phủ về trưng dụng",
        "§iÒu 2. Bé tr\xadëng Bé Néi vô thi hµnh": "Điều 2. Bộ trưởng Bộ Nội vụ thi hành",
        "Uû ban nh©n d©n c¸c tØnh h\xadíng dÉn thùc hiÖn": "Uỷ ban nhân dân các tỉnh hướng dẫn thực hiện",
    },
    LegacyEncoding.VNI: {
        "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam": "Cộng hòa xã hội chủ nghĩa Việt Nam",
        "Ñoäc laäp - Töï do - Haïnh phuùc": "Độc lập - Tự do - Hạnh phúc",
        "Ñieàu 2. Chaùnh Vaên phoøng chòu traùch nhieäm thi haønh": "Điều 2. Chánh Văn phòng chịu trách nhiệm thi hành",
        "Caên cöù Luaät Toå chöùc Hoäi ñoàng nhaân daân": "Căn cứ Luật Tổ chức Hội đồng nhân dân",
        "UÛY BAN NHAÂN DAÂN TÆNH": "ỦY BAN NHÂN DÂN TỈNH",
    },
}
UNICODE = "Ủy ban nhân dân tỉnh ban hành quy định về đào tạo lực lượng nòng cốt trí tuệ nhân tạo."


def _encoder(encoding: LegacyEncoding) -> Callable[[str], str]:
    """What a typist's keyboard program did, from the published tables letter by letter."""
    tones = {"": "", "\u0300": "ø", "\u0301": "ù", "\u0309": "û", "\u0303": "õ", "\u0323": "ï"}
    circumflex = {"": "â", "\u0300": "à", "\u0301": "á", "\u0309": "å", "\u0303": "ã", "\u0323": "ä"}
    breve = {"": "ê", "\u0300": "è", "\u0301": "é", "\u0309": "ú", "\u0303": "ü", "\u0323": "ë"}
    single = {"đ": "ñ", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î", "ì": "ì", "í": "í"}

    def vni(letter: str) -> str:
        if letter in single:
            return single[letter]
        pieces = unicodedata.normalize("NFD", letter)
        tone = next((piece for piece in pieces if piece in tones), "")
        if "\u0302" in pieces:
            return pieces[0] + circumflex[tone]
        if "\u0306" in pieces:
            return pieces[0] + breve[tone]
        horned = "\u031b" in pieces
        return ({"o": "ô", "u": "ö"}[pieces[0]] if horned else pieces[0]) + tones[tone]

    # TCVN 5712:1993 VN3 as printed in its annex: each line a letter with its five tones (huyền hỏi ngã sắc nặng).
    rows = {
        "a": "µ¶·¸¹", "ă": "»¼½¾Æ", "â": "ÇÈÉÊË", "e": "ÌÎÏÐÑ", "ê": "ÒÓÔÕÖ", "i": "×ØÜÝÞ", "o": "ßáâãä", "ô": "åæçèé",
        "ơ": "êëìíî", "u": "ïñòóô", "ư": "õö÷øù", "y": "úûüýþ",
    }  # fmt: skip
    order = "\u0300\u0309\u0303\u0301\u0323"
    tcvn3 = dict(zip("ăâêôơưđĂÂÊÔƠƯĐ", "\xa8\xa9\xaa\xab\xac\xad\xae\xa1\xa2\xa3\xa4\xa5\xa6\xa7", strict=True))
    for base, codes in rows.items():
        tcvn3 |= {unicodedata.normalize("NFC", base + tone): code for tone, code in zip(order, codes, strict=True)}
    if encoding is LegacyEncoding.TCVN3:
        return lambda text: "".join(tcvn3.get(letter, letter) for letter in text)
    return lambda text: "".join(vni(letter) if letter > "\x7f" else letter for letter in text)


SMALL = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"


@pytest.mark.parametrize("encoding", LegacyEncoding)
@given(words=st.lists(st.text(st.sampled_from(SMALL), min_size=1, max_size=8), max_size=20))
def test_every_letter_that_was_encoded_comes_back(encoding: LegacyEncoding, words: list[str]) -> None:
    # A vowel before a marked one would be read as its base in VNI: each syllable's letters stand apart.
    text = " ".join(" ".join(word) for word in words)
    assert decode_legacy(_encoder(encoding)(text), encoding) == text


@pytest.mark.parametrize("encoding", LegacyEncoding)
def test_a_text_in_an_old_encoding_is_known_by_its_words_and_converted(encoding: LegacyEncoding) -> None:
    written = "\n".join(PHRASES[encoding])
    assert convert_legacy(written) == ("\n".join(PHRASES[encoding].values()), encoding.value)


@pytest.mark.parametrize("encoding", LegacyEncoding)
def test_an_encoded_sentence_is_converted_back(encoding: LegacyEncoding) -> None:
    sentence = UNICODE.lower()
    assert convert_legacy(_encoder(encoding)(sentence)) == (sentence, encoding.value)


@pytest.mark.parametrize(
    "text",
    [
        UNICODE,
        "Điều 1. Là và có\nHà Nam, Hà Giang, là, à, á, và, thì, có, khó, lý, ù, ú, ò\n" * 5,
        "Nồng độ bụi PM10 | µg/m³ | 50 ± 5\nĐường kính | 10 µm | 5 µm | 2 µm | 30 °C\n" * 9,
        "La liberté, l'égalité et la fraternité: été, français, où, à, très, garçon, théâtre",
        "Ñ, ñ, año, mañana, señor; © 2026 ® ™ «cước» §5 ¶3",
    ],
)
def test_text_that_is_no_old_encoding_is_left_alone(text: str) -> None:
    assert convert_legacy(text) == (text, None)


def test_only_the_old_parts_of_a_mixed_text_are_converted() -> None:
    old = list(PHRASES[LegacyEncoding.TCVN3])
    text = "\n".join([UNICODE, *old, UNICODE, "Dài 10 µm", UNICODE * 20])
    converted, encoding = convert_legacy(text)
    assert encoding == LegacyEncoding.TCVN3.value
    assert converted.split("\n") == [
        UNICODE, *PHRASES[LegacyEncoding.TCVN3].values(), UNICODE, "Dài 10 µm", UNICODE * 20,
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", LegacyEncoding)
def test_a_plain_text_file_in_an_old_encoding_is_read_in_unicode(read: Read, encoding: LegacyEncoding) -> None:
    extracted = read("a.txt", "\r\n\r\n".join(PHRASES[encoding]).encode("latin-1"))
    assert extracted.text.split("\n") == list(PHRASES[encoding].values())
    assert any(encoding.value in warning and "Unicode" in warning for warning in extracted.warnings)


def test_a_web_page_in_an_old_encoding_is_read_in_unicode(read: Read) -> None:
    paragraphs = "".join(f"<p>{text.replace(chr(0xAD), '&shy;')}</p>" for text in PHRASES[LegacyEncoding.TCVN3])
    extracted = read("a.html", f"<html><body>{paragraphs}</body></html>")
    assert extracted.text.split("\n") == list(PHRASES[LegacyEncoding.TCVN3].values())


def test_soft_hyphens_of_unicode_text_are_dropped(read: Read) -> None:
    assert read("a.txt", "Quy\u00adết định của Ủy ban\u00ad").text == "Quyết định của Ủy ban"


def test_letters_that_pdf_readers_make_signs_of_are_read_as_letters() -> None:
    assert decode_legacy("Thñ t−íng ®\u2219 ký; 5 − 3 = 2", LegacyEncoding.TCVN3) == "Thủ tướng đã ký; 5 − 3 = 2"


def test_what_a_conversion_left_of_capitals_is_mended(read: Read) -> None:
    text = read("a.txt", "SắC LệNH CủA CHủ TịCH\n\nSố 4 NGàY 4 THáNG 9\n\nÔng Từ và UBND xã CủA Lò, TPHCM\n").text
    assert text.split("\n") == ["SẮC LỆNH CỦA CHỦ TỊCH", "SỐ 4 NGÀY 4 THÁNG 9", "Ông Từ và UBND xã CỦA Lò, TPHCM"]


@pytest.mark.parametrize(
    ("name", "font"),
    [
        (".VnTime", LegacyFont(LegacyEncoding.TCVN3, capitals=False)),
        (".VnArialH", LegacyFont(LegacyEncoding.TCVN3, capitals=True)),
        ("VNI-Times", LegacyFont(LegacyEncoding.VNI, capitals=False)),
        ("Times New Roman", None),
        ("Vni", None),
        ("", None),
    ],
)
def test_fonts_tell_their_encoding(name: str, font: LegacyFont | None) -> None:
    assert font_encoding(name) == font


def test_a_font_of_capitals_prints_capitals() -> None:
    font = LegacyFont(LegacyEncoding.TCVN3, capitals=True)
    assert decode_by_font("CñA CHñ TÞCH sè 1", font) == "CỦA CHỦ TỊCH SỐ 1"
    assert decode_by_font("Của Chủ tịch", font) == "Của Chủ tịch"


def test_a_pdf_set_in_an_old_font_is_read_in_unicode(read: Read) -> None:
    phrases = {old: new for old, new in PHRASES[LegacyEncoding.TCVN3].items() if "\xad" not in old}
    extracted = read("a.pdf", make_pdf(list(phrases)))
    assert extracted.text.split("\n") == list(phrases.values())
