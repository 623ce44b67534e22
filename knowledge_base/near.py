"""Wordings that look alike: every pair of a base, fast enough to be asked each time somebody lints it. Pure."""

from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz import fuzz, process

_ROWS = 500


def near_pairs(texts: Sequence[str], at_least: float) -> Iterator[tuple[int, int]]:
    """The positions of every two texts with at least that likeness (0 to 100, 200 x common / both lengths).

    Texts of too different lengths cannot be alike, so each is compared with a window of the texts sorted by length.
    """
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    ordered = [texts[at] for at in order]
    lengths = np.fromiter(map(len, ordered), dtype=np.int64, count=len(ordered))
    longest_partner = (200 - at_least) / at_least
    for start in range(0, len(ordered), _ROWS):
        rows = ordered[start : start + _ROWS]
        end = int(np.searchsorted(lengths, lengths[start + len(rows) - 1] * longest_partner, side="right"))
        likeness = process.cdist(
            rows, ordered[start:end], scorer=fuzz.ratio, score_cutoff=at_least, dtype=np.uint8, workers=-1
        )
        for row, column in np.argwhere(likeness):
            if column > row:
                yield order[start + row], order[start + column]
