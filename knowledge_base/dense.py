"""The extra `dense`: any ONNX sentence encoder the deployer points to, as a second opinion (reranking.py).

The only file that imports onnxruntime and tokenizers. No encoder is bundled, none is fetched.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from onnxruntime.capi import onnxruntime_pybind11_state as broken
from tokenizers import Tokenizer

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
LONGEST = 128
# Vectors of wordings that are kept: 20,000 of 512 numbers are 40 MB.
MOST_KEPT = 20_000

Vector = NDArray[np.float32]


class DenseError(Exception):
    """编码器不能用"""


_UNREADABLE = (broken.Fail, broken.InvalidArgument, broken.InvalidGraph, broken.InvalidProtobuf, broken.NotImplemented)


class DenseReranker:
    """Nearness = cosine of the mean of the encoder's token vectors (or of its sentence vector, where it gives one)."""

    def __init__(self, folder: Path) -> None:
        """`folder` holds model.onnx and tokenizer.json. Raises DenseError."""
        missing = [name for name in (MODEL, TOKENIZER) if not (folder / name).is_file()]
        if missing:
            raise DenseError(f"文件夹 {folder} 里没有 {'、'.join(missing)}，请把句向量编码器的这两个文件放进去。")
        self._session = _session(folder / MODEL)
        self._tokenizer = _tokenizer(folder / TOKENIZER)
        self._tokenizer.enable_truncation(LONGEST)
        self._inputs = [each.name for each in self._session.get_inputs()]
        self._kept: dict[str, Vector] = {}

    def nearness(self, question: str, wordings: Sequence[str]) -> list[float]:
        """See `Reranker`. Wordings are encoded once, questions are not kept."""
        new = [text for text in dict.fromkeys(wordings) if text not in self._kept]
        if len(self._kept) + len(new) > MOST_KEPT:
            self._kept, new = {}, list(dict.fromkeys(wordings))
        kept = self._kept
        kept |= {text: self._encode(text) for text in new}
        asked = self._encode(question)
        return [float(asked @ kept[text]) for text in wordings]

    def _encode(self, text: str) -> Vector:
        """The unit vector of one text."""
        read = self._tokenizer.encode(text)
        given = {"input_ids": read.ids, "attention_mask": read.attention_mask, "token_type_ids": read.type_ids}
        feed = {name: np.array([given[name]], dtype=np.int64) for name in self._inputs if name in given}
        found = np.asarray(self._session.run(None, feed)[0], dtype=np.float32)[0]
        vector = found.mean(axis=0) if found.ndim > 1 else found
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def _session(file: Path) -> InferenceSession:
    try:
        return InferenceSession(str(file), providers=["CPUExecutionProvider"])
    except _UNREADABLE as error:
        raise DenseError(f"{file} 不是读得懂的 ONNX 模型（{error}）。") from error


def _tokenizer(file: Path) -> Tokenizer:
    try:
        json.loads(file.read_text("utf-8"))["model"]["type"]
    except (ValueError, KeyError, TypeError) as error:
        raise DenseError(f"{file} 不是读得懂的 tokenizer.json（{error}）。") from error
    return Tokenizer.from_file(str(file))
