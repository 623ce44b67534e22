"""`./run kb …`: asking, explaining and checking the knowledge base."""

import sys
from datetime import date
from functools import partial

import click

from bot.message import Replied
from bot.turn import SHANGHAI
from cli import comparing, curating
from cli.evaluate import evaluate
from cli.finalize import finalize
from cli.findings import report
from cli.format import format_command
from cli.objects import reply_object
from cli.queue import queue
from cli.services import Services, hint, pass_services, say, say_json
from cli.spreadsheets import export_command, import_command
from cli.stats import stats
from knowledge_base import lexicon_linting
from knowledge_base.engine import KnowledgeBase
from knowledge_base.entry import Content
from knowledge_base.library import build
from knowledge_base.linting import lint
from knowledge_base.loading import load, load_source_texts
from knowledge_base.strict_yaml import ContentError, Problem
from replies import answers


def _day(_context: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise click.BadParameter("应为日期，如 2026-11-22") from None


as_of_option = click.option("--as-of", callback=_day, help="按这一天有效的规定回答，如 2026-05-10")
json_option = click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
files_option = click.option("--files", "from_files", is_flag=True, help="按文件里的内容试答（还没发布的也算）")


@click.group()
def kb() -> None:
    """问答知识库。"""


def _today(services: Services, as_of: date | None) -> date:
    return as_of or services.clock().astimezone(SHANGHAI).date()


@kb.command()
@click.argument("text")
@as_of_option
@files_option
@json_option
@pass_services
def ask(services: Services, text: str, as_of: date | None, from_files: bool, as_json: bool) -> None:
    """问一个问题，看助手怎么回答。"""
    replied = _answered(services, _base(services, from_files), text, as_of)
    if as_json:
        say_json(reply_object(replied))
        return
    say(replied.text)
    if replied.decision == "refusal":
        hint("（这是试问，没有记下问题；上面是党员会看到的话。）")


def _base(services: Services, from_files: bool) -> KnowledgeBase:
    """What members get, or what they would get if the files were published."""
    if from_files:
        return services.desk().base_of(services.desk().files()[1])
    return services.current(services.clock())


def _answered(services: Services, base: KnowledgeBase, text: str, as_of: date | None) -> Replied:
    now = services.clock()
    reply = answers.reply_to(base.ask(text, _today(services, as_of), "member"))
    return Replied(reply.decision, reply.whole, now, reply.entry, reply.version, reply.score, reply.choices)


@kb.command()
@click.argument("text")
@as_of_option
@files_option
@json_option
@pass_services
def explain(services: Services, text: str, as_of: date | None, from_files: bool, as_json: bool) -> None:
    """看一个问题是怎么配上（或没配上）条目的。"""
    base = _base(services, from_files)
    found = base.explain(text, _today(services, as_of), "member")
    if as_json:
        say_json(reply_object(_answered(services, base, text, as_of)) | found)
        return
    say(f"比较用的文字：{found['normalised']}")
    say(f"词：{' / '.join(found['tokens'])}")
    limits, shift = found["threshold"], found["calibration"]["shift"]
    say(
        f"结论：{_BANDS[found['band']]}（{found['why']}；达到 {limits['answer']} 直接作答，{limits['choices']} 列选项）"
    )
    say(f"把握：{found['score']:.3f}，与第二名相差 {found['margin']:.2f}；本库校准平移 {shift:+.2f}")
    vetoed = {each["entry"]: each for each in found["veto"]}
    for row in found["features"]:
        veto = vetoed.get(row["entry"])
        mark = f"  否决：问的是“{veto['said']}”，条目写的是“{veto['written']}”" if veto else ""
        say(f"\n把握 {row['probability']:.3f} 相似 {row['score']:.3f} {row['entry']} {row['question']}{mark}")
        say(f"      最像的问法：{row['wording']}")
        say(
            "      "
            + "  ".join(f"{name}={value:.2f}×{row['weights'][name]:g}" for name, value in row["features"].items())
        )


_BANDS = {"answer": "直接回答", "choices": "列出选项", "refusal": "不作答"}


@kb.command("lint")
@click.option("--lexicon", is_flag=True, help="也检查词表：逐行试，要几分钟")
@as_of_option
@json_option
@pass_services
def lint_command(services: Services, as_of: date | None, as_json: bool, lexicon: bool) -> None:
    """检查问答文件，逐条指出位置、原因和改法。"""
    try:
        content = load(services.settings.content_dir)
        problems = lint(content, _today(services, as_of), load_source_texts(services.settings.content_dir))
        if lexicon:
            problems += _lexicon_problems(services, content, _today(services, as_of))
    except ContentError as error:
        content, problems = None, list(error.problems)
    report(problems, f"{len(content.entries)} 条问答，" if content else "", as_json=as_json)


def _lexicon_problems(services: Services, content: Content, day: date) -> list[Problem]:
    folder = services.settings.content_dir / "lexicon"
    make = partial(build, cache_dir=services.settings.instance_dir / "jieba")
    found = list(lexicon_linting.idle(folder, content))
    right = lexicon_linting.passing(make(content), content, day)
    tried = lexicon_linting.suspects(folder, content, make, day)
    with click.progressbar(tried, label="正在试词表", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        found += filter(None, (lexicon_linting.harm(line, content, make, day, right) for line in bar))
    return found


FILES = (evaluate, format_command, export_command, import_command, finalize)
for command in (*FILES, queue, stats, *curating.COMMANDS, *comparing.COMMANDS):
    kb.add_command(command)
