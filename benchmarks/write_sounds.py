"""Writes knowledge_base/sounds.txt: characters that sound alike, one merged toneless syllable a line.

    pip install pypinyin; python benchmarks/write_sounds.py

Readings come from pypinyin (MIT; pinyin-data, MIT). Merged are the pairs that input methods and ears confuse:
zh/z, ch/c, sh/s and -ang/-an, -eng/-en, -ing/-in. The table is shipped, so that the product needs no dependency.
"""

import re
import unicodedata
from collections import defaultdict
from pathlib import Path

from opencc import OpenCC
from pypinyin.pinyin_dict import pinyin_dict

TARGET = Path(__file__).resolve().parent.parent / "knowledge_base" / "sounds.txt"
HEAD = "# 读音相近的字：一行一个音节（不分声调，zh/z ch/c sh/s 和 -ng/-n 不分）。由 benchmarks/write_sounds.py 生成。"


def syllable(reading: str) -> str:
    """The merged syllable of a reading with tone marks: zhāng -> zan."""
    plain = "".join(c for c in unicodedata.normalize("NFD", reading) if not unicodedata.combining(c) or c == "\u0308")
    merged = re.sub(r"^([zcs])h", r"\1", unicodedata.normalize("NFC", plain))
    return re.sub(r"([aei]n)g$", r"\1", merged)


def main() -> None:
    simplify = OpenCC("t2s").convert
    groups: dict[str, list[str]] = defaultdict(list)
    for code, readings in sorted(pinyin_dict.items()):
        char = chr(code)
        if 0x4E00 <= code <= 0x9FFF and simplify(char) == char and len(char.encode("gb2312", "ignore")) == 2:
            groups[syllable(readings.split(",")[0])].append(char)
    lines = [f"{name} {''.join(chars)}" for name, chars in sorted(groups.items())]
    TARGET.write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
    print(len(lines), "syllables,", sum(map(len, groups.values())), "characters")


if __name__ == "__main__":
    main()
