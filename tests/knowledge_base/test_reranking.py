"""A second opinion is asked for where the decision is doubtful, and nowhere else."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from knowledge_base.deciding import ANSWER_AT, NEAREST_AT
from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Content, Lexicon
from knowledge_base.evaluating import foreign_entry, outcome
from knowledge_base.reranking import reranked
from knowledge_base.tokens import Tokenizer
from tests.knowledge_base.foreign import ENTRIES, QUERIES

ENTRY_OF = {text: row["id"] for row in ENTRIES for text in row["questions"]}


class Favours:
    """Finds the wordings of one entry nearest, and writes down what it was asked."""

    def __init__(self, entry_id: str) -> None:
        self.entry_id = entry_id
        self.asked: list[str] = []

    def nearness(self, question: str, wordings: Sequence[str]) -> list[float]:
        self.asked.append(question)
        return [0.9 if ENTRY_OF[text] == self.entry_id else 0.1 for text in wordings]


def base(reranker: Favours | None = None) -> KnowledgeBase:
    entries = tuple(foreign_entry(row, "entries.jsonl", n) for n, row in enumerate(ENTRIES, 1))
    return KnowledgeBase(Content(entries, {}, Lexicon()), Tokenizer((), frozenset()), "1", reranker=reranker)


DOUBTFUL = "图书馆的门什么时候"


def test_only_doubtful_questions_reach_it() -> None:
    favours = Favours("a")
    with_it, without = base(favours), base()
    for text in (DOUBTFUL, *(row["query"] for row in QUERIES)):
        before = len(favours.asked)
        outcome(with_it, text)
        doubtful = NEAREST_AT <= outcome(without, text).score < ANSWER_AT
        assert (len(favours.asked) > before) == doubtful, text
    assert favours.asked


@pytest.mark.parametrize("favoured", ["a", "b"])
def test_what_it_finds_nearest_comes_first(favoured: str) -> None:
    assert outcome(base(Favours(favoured)), DOUBTFUL).candidates[0][0] == favoured


def test_an_excluded_entry_stays_excluded() -> None:
    matcher = base()._matcher
    first, *rest = matcher.rank(matcher.read(DOUBTFUL))
    given = [first._replace(veto=("开门", "关门")), *rest]
    moved = next(m for m in reranked(given, DOUBTFUL, Favours(first.entry.id)) if m.entry is first.entry)
    assert moved == given[0]


def test_it_goes_along_with_an_edit() -> None:
    favours = Favours("a")
    edited = base(favours).edited([foreign_entry({"id": "g", "questions": ["有没有充电宝"]}, "f", 1)], "2")
    ENTRY_OF.setdefault("有没有充电宝", "g")
    outcome(edited, DOUBTFUL)
    assert favours.asked


def encoder(folder: Path) -> Path:
    """A tiny encoder: every character is a token, and each token has one of four directions."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: no encoder can be made (extra dense)")
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed (extra dense)")
    import numpy as np

    characters = sorted({char for text in (*ENTRY_OF, DOUBTFUL) for char in text})
    known = {"[UNK]": 0} | {char: number for number, char in enumerate(characters, 1)}
    pieces = tokenizers.Tokenizer(tokenizers.models.WordLevel(known, unk_token="[UNK]"))
    pieces.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
    pieces.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(1).normal(size=(len(known), 16)).astype(np.float32)
    helper = onnx.helper
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])],
        "tiny",
        [helper.make_tensor_value_info("input_ids", onnx.TensorProto.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("last_hidden_state", onnx.TensorProto.FLOAT, ["batch", "tokens", 16])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    return folder


def dense() -> object:
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed (extra dense)")
    pytest.importorskip("tokenizers", reason="tokenizers is not installed (extra dense)")
    from knowledge_base import dense

    return dense


def test_an_encoder_tells_the_same_text_from_another(tmp_path: Path) -> None:
    near = dense().DenseReranker(encoder(tmp_path)).nearness("图书馆几点开门", ["图书馆几点开门", "怎样办借书证"])
    assert near[0] == pytest.approx(1.0, abs=1e-5)
    assert near[1] < 0.9


def test_an_encoder_serves_a_base(tmp_path: Path) -> None:
    reranker = dense().DenseReranker(encoder(tmp_path))
    entries = tuple(foreign_entry(row, "entries.jsonl", n) for n, row in enumerate(ENTRIES, 1))
    served = KnowledgeBase(Content(entries, {}, Lexicon()), Tokenizer((), frozenset()), "1", reranker=reranker)
    first, again = outcome(served, DOUBTFUL), outcome(served, DOUBTFUL)
    assert first == again
    assert {"a", "b"} >= {first.candidates[0][0]}


def test_a_folder_without_an_encoder_is_named(tmp_path: Path) -> None:
    with pytest.raises(dense().DenseError, match=r"model\.onnx"):
        dense().DenseReranker(tmp_path)


@pytest.mark.parametrize("broken", ["model.onnx", "tokenizer.json"])
def test_an_unreadable_file_is_named(tmp_path: Path, broken: str) -> None:
    encoder(tmp_path)
    (tmp_path / broken).write_text("no such thing", "utf-8")
    with pytest.raises(dense().DenseError, match=broken):
        dense().DenseReranker(tmp_path)
