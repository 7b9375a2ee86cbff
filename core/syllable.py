"""How a Vietnamese syllable is built."""

import re
import unicodedata
from functools import lru_cache

# Onsets and rimes of the syllable in the national spelling, tones taken off.
_ONSETS = "ngh|ng|nh|gh|gi|kh|ch|ph|qu|th|tr|b|c|d|đ|g|h|k|l|m|n|p|r|s|t|v|x"
_OPEN_RIMES = (
    "a|ai|ao|au|ay|âu|ây|e|eo|ê|êu|i|ia|iu|iêu|o|oa|oai|oao|oay|oe|oeo|oi|ô|ôi|ơ|ơi|u|ua|ui|uôi|uê|uây|uơ|uy|uya|uyu|uyêu|"
    "ư|ưa|ưi|ưu|ươi|ươu|y|yêu|am|an|ang|anh|ăm|ăn|ăng|âm|ân|âng|em|en|eng|êm|ên|ênh|im|in|inh|iêm|iên|iêng|om|on|ong|oam|"
    "oan|oang|oanh|oăm|oăn|oăng|oen|oong|ôm|ôn|ông|ôông|ơm|ơn|um|un|ung|uôm|uôn|uông|uân|uâng|uênh|uyn|uyên|uynh|"
    "ưm|ưn|ưng|ươm|ươn|ương|yêm|yên|yêng|yn|uen|ueo"
)
_STOPPED_RIMES = (
    "ac|ach|ap|at|ăc|ăp|ăt|âc|âp|ât|ec|ep|et|êch|êp|êt|ich|ip|it|iêc|iêp|iêt|oc|op|ot|oac|oach|oap|oat|oăc|oăt|oet|ooc|"
    "ôc|ôp|ôt|ơp|ơt|uc|up|ut|uôc|uôt|uât|uêch|uych|uyêt|uyt|uyp|ưc|ưt|ươc|ươp|ươt|yêt|uet"
)
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_STOPPED_TONES = "\u0301\u0323"  # a syllable that ends in c, ch, p or t carries the sharp or the heavy tone only
_SYLLABLE = re.compile(f"(?:{_ONSETS})?(?:(?P<open>{_OPEN_RIMES})|(?P<stopped>{_STOPPED_RIMES}))")


@lru_cache(maxsize=20_000)
def is_vietnamese_syllable(word: str) -> bool:
    """Whether `word` is built as a Vietnamese syllable: onset, rime and at most one tone, any case."""
    toneless, tones = without_tone(word.lower())
    match = _SYLLABLE.fullmatch(toneless) if len(tones) <= 1 else None
    if match is None:
        return False
    return match["open"] is not None or (bool(tones) and tones in _STOPPED_TONES)


def without_tone(word: str) -> tuple[str, str]:
    """`word` in NFC without its tone, letters keeping their other marks, and the combining tone marks it had."""
    decomposed = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", _TONES.sub("", decomposed)), "".join(_TONES.findall(decomposed))
