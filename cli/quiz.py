"""`./run quiz …`: the questions of the bank."""

from collections import Counter

import click

from bot.turn import SHANGHAI
from cli.findings import report
from cli.services import Services, hint, pass_services, say, say_json
from knowledge_base.entry import QuizItem
from knowledge_base.loading import load
from knowledge_base.quiz_linting import lint
from knowledge_base.strict_yaml import ContentError
from replies.study import TYPES, key


@click.group()
def quiz() -> None:
    """测验题库。"""


@quiz.command("list")
@click.option("--topic", help="只列这个主题的题")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
@pass_services
def list_command(services: Services, topic: str | None, as_json: bool) -> None:
    """列出题目和正确答案。"""
    bank = services.current(services.clock()).content.quizzes
    found = [item for item in bank if topic is None or item.topic == topic]
    if as_json:
        say_json({"items": [_item(item) for item in found]})
        return
    for item in found:
        say(f"{item.id}  {TYPES[item.type]}  {item.topic}  {item.question}  答案：{key(item)}")
    counts = Counter(TYPES[item.type] for item in found)
    hint(
        f"共 {len(found)} 题" + ("：" + "，".join(f"{kind} {n}" for kind, n in counts.items()) if found else "") + "。"
    )
    if topic and not found:
        hint("有这些主题：" + "、".join(sorted({item.topic for item in bank})) + "。")


def _item(item: QuizItem) -> dict[str, object]:
    return {
        "id": item.id,
        "version": item.version,
        "status": item.status,
        "type": item.type,
        "topic": item.topic,
        "question": item.question,
        "options": list(item.options),
        "answer": item.answer,
        "explanation": item.explanation,
        "entry": item.entry,
        "difficulty": item.difficulty,
    }


@quiz.command("lint")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
@pass_services
def lint_command(services: Services, as_json: bool) -> None:
    """检查题库，逐条指出位置、原因和改法。"""
    try:
        content = load(services.settings.content_dir)
        problems, counted = (
            lint(content, services.clock().astimezone(SHANGHAI).date()),
            f"{len(content.quizzes)} 道题，",
        )
    except ContentError as error:
        problems, counted = list(error.problems), ""
    report(problems, counted, as_json=as_json)
