"""A small foreign base and questions, as `kb evaluate` reads them."""

from typing import Any

ENTRIES: list[dict[str, Any]] = [
    {"id": "a", "questions": ["图书馆几点开门", "图书馆什么时候开始营业"], "answer": "每天早上八点。"},
    {"id": "b", "questions": ["图书馆几点关门", "图书馆什么时候打烊"], "answer": "晚上九点。"},
    {"id": "c", "questions": ["怎样办借书证", "办借书证要带什么材料"], "answer": "带身份证到一楼服务台。"},
    {"id": "d", "questions": ["一次能借几本书", "最多可以借多少本书"], "answer": "十本。"},
    {"id": "e", "questions": ["借的书丢了怎么赔", "弄丢了书要赔多少钱"], "answer": "按书价赔偿。"},
    {"id": "f", "questions": ["自习室要预约吗"], "answer": "不用预约。"},
]
QUERIES: list[dict[str, Any]] = [
    {"query": "图书馆几点开门", "expected_id": "a"},
    {"query": "请问图书馆几点关门呀", "expected_id": "b"},
    {"query": "办借书證要什么", "expected_id": "c"},
    {"query": "每次最多借几本", "expected_id": None, "accept": ["d"]},
    {"query": "火锅底料怎么炒", "expected_id": None},
    {"query": "👌", "expected_id": None},
]
