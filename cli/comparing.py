"""`./run kb test | diff | checkout | export-log | verify-log`: what a change does, and what has been done."""

import difflib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from bot.turn import SHANGHAI
from cli.curating import WHAT, drop_option, json_option, refusals
from cli.services import FINDINGS, OUTSIDE, USAGE, Services, hint, pass_services, say, say_json, stop
from curation import change_log, change_sets, curators, gate, publishing, queue, trees, verify_log
from curation.change_log import take_turn
from curation.differences import Change, changes
from curation.trees import Tree
from knowledge_base.engine import Answer, Choices, KnowledgeBase, Result, Unknown
from knowledge_base.loading import load_source_texts
from knowledge_base.regression import cases, describe, run
from storage.database import reading
from storage.tables.publishing import SYSTEM

LAST = 200
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_GRADES = {2: "passed", 1: "offered", 0: "red"}


@click.command()
@drop_option
@json_option
@pass_services
def test(services: Services, drop: bool, as_json: bool) -> None:
    """发布前的全部检查：lint、每种问法、tests、易混问法、必答问题。"""
    today = _today(services)
    with refusals():
        served, new = _bases(services)
    texts = load_source_texts(services.settings.content_dir)
    problems = gate.check(new, served, today, texts, may_drop=drop)
    outcomes = run(new, cases(new.content, today))
    counts = {name: sum(each.grade == grade for each in outcomes) for grade, name in _GRADES.items()}
    errors = sum(problem.severity == "error" for problem in problems)
    if as_json:
        found = {"cases": len(outcomes), **counts, "errors": errors}
        say_json(found | {"findings": [each.as_dict() for each in problems]})
    else:
        for problem in problems:
            say(str(problem))
        hint(
            f"共问 {len(outcomes)} 句：{counts['passed']} 句如期，{counts['offered']} 句列在选项里，"
            f"{counts['red']} 句没答上或答错；{errors} 个错误，{len(problems) - errors} 个提醒。"
        )
    if errors:
        stop(FINDINGS)


def _today(services: Services) -> date:
    return services.clock().astimezone(SHANGHAI).date()


def _bases(services: Services) -> tuple[KnowledgeBase, KnowledgeBase]:
    """The served base and that of the files; where nothing was ever published, the files become version 1 first."""
    services.current(services.clock())
    return services.desk().bases(services.desk().files()[1])


@click.command()
@click.argument("numbers", type=int, nargs=-1)
@click.option("--change", type=int, help="看这一号修改，与现在用的一版相比")
@click.option(
    "--replay",
    is_flag=False,
    flag_value="",
    metavar="文件",
    help="再看哪些真实的问题会换答案：没答上的问题、必答问题，和这个文件里的（一行一句，可不写文件）",
)
@click.option("--last", default=LAST, show_default=True, help="只看最近没答上的这么多个问题")
@json_option
@pass_services
def diff(
    services: Services, numbers: tuple[int, ...], change: int | None, replay: str | None, last: int, as_json: bool
) -> None:
    """看改了什么：现在用的一版与文件（默认）、与某一版、或两版之间。"""
    services.current(services.clock())
    with refusals():
        before, after, names = _two_sides(services, numbers, change)
        old, new = trees.content(before), trees.content(after)
    found: dict[str, Any] = {
        "before": names[0],
        "after": names[1],
        "entries": [_change_object(each) for each in changes(old, new)],
        "files": _changed_files(before, after),
    }
    if replay is not None:
        asked = _questions(services, replay, last)
        one, other = services.desk().base_of(old), services.desk().base_of(new)
        asked += [("必答问题", each.expected.ask) for each in (*old.golden, *new.golden)]
        found["replay"] = list(_replayed(one, other, dict.fromkeys(asked), _today(services)))
        found["replayed"] = len(dict.fromkeys(asked))
    if as_json:
        say_json(found)
    else:
        _say_difference(found, changes(old, new))


def _two_sides(services: Services, numbers: tuple[int, ...], change: int | None) -> tuple[Tree, Tree, tuple[str, str]]:
    if len(numbers) > 2:
        stop(USAGE, "最多写两个版本号，如 ./run kb diff 3 5。")
    with reading(services.database()) as connection:
        served = publishing.current(connection)
        assert served
        first = numbers[0] if numbers else served.number
        before = publishing.tree_of(connection, first)
        if change is not None:
            after = trees.fetch(connection, change_sets.get(connection, change).id)
            return before, after, (f"第 {first} 版", f"第 {change} 号修改")
        if len(numbers) == 2:
            return before, publishing.tree_of(connection, numbers[1]), (f"第 {first} 版", f"第 {numbers[1]} 版")
    return before, services.desk().files()[0], (f"第 {first} 版", "文件")


def _changed_files(before: Tree, after: Tree) -> list[str]:
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def _change_object(change: Change) -> dict[str, Any]:
    entry = change.entry
    return {
        "what": change.what,
        "id": entry.id,
        "version": entry.version,
        "question": entry.question,
        "fields": {name: {"before": _shown(change.before, name), "after": _shown(change.after, name)}
                   for name in change.fields},
    }  # fmt: skip


def _shown(entry: object, field: str) -> str:
    """A field's value as text, one line for each of several."""
    value = getattr(entry, field)
    return "\n".join(map(_plain, value)) if isinstance(value, tuple) else _plain(value)


def _plain(value: object) -> str:
    if hasattr(value, "__dataclass_fields__"):
        return " ".join(str(each) for name in value.__dataclass_fields__ if (each := getattr(value, name)))
    return "" if value is None else str(value)


def _say_difference(found: dict[str, Any], entries: list[Change]) -> None:
    say(f"{found['before']} → {found['after']}")
    for each in entries:
        say(f"{WHAT[each.what]} {each.entry.id} 第{each.entry.version}版 {each.entry.question}")
        for name in each.fields:
            before, after = (_shown(side, name).splitlines() for side in (each.before, each.after))
            marked = [line for line in difflib.ndiff(before, after) if line[:1] in "+-"]
            say("\n".join(f"    {line[0]} {name}：{line[2:]}" for line in marked))
    for path in found["files"]:
        say(f"文件 {path} 有改动")
    for row in found.get("replay", ()):
        say(f"换了答案（{row['source']}）“{row['ask']}”：{row['before']} → {row['after']}")
    replayed = f"；重问 {found['replayed']} 句，{len(found['replay'])} 句换了答案" if "replay" in found else ""
    hint(f"{len(entries)} 条问答、{len(found['files'])} 个文件有改动{replayed}。")


def _questions(services: Services, file: str, last: int) -> list[tuple[str, str]]:
    """(where it comes from, question): the file's lines, then the last missed questions."""
    asked: list[tuple[str, str]] = []
    if file:
        try:
            lines = Path(file).read_text("utf-8-sig").splitlines()
        except UnicodeDecodeError:
            stop(USAGE, f"{file} 不是 UTF-8 文本，请另存为 UTF-8。")
        except OSError as error:
            stop(USAGE, f"{file} 读不出来：{error.strerror}。请核对文件名。")
        asked = [("文件", _question(line)) for line in lines if line.strip()]
    with reading(services.database()) as connection:
        return asked + [("没答上的", text) for text in queue.last_missed(connection, last)]


def _question(line: str) -> str:
    """A line is the question itself, or a JSON object with `query` or `ask`."""
    try:
        row = json.loads(line)
    except ValueError:
        return line.strip()
    return str(row.get("query") or row.get("ask") or "") if isinstance(row, dict) else line.strip()


def _replayed(
    old: KnowledgeBase, new: KnowledgeBase, asked: dict[tuple[str, str], None], today: date
) -> Iterator[dict[str, str]]:
    for source, text in asked:
        before, after = old.ask(text, today, "member"), new.ask(text, today, "member")
        if _essence(before) != _essence(after):
            yield {"source": source, "ask": text, "before": describe(before), "after": describe(after)}


def _essence(found: Result) -> tuple[str, ...]:
    """What a member would notice of a result."""
    match found:
        case Answer():
            return ("answer", found.entry.id, found.entry.answer)
        case Choices():
            return ("choices", *(entry.id for entry in found.options))
        case Unknown():
            return ("refusal",)


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), help="写到这个文件夹，而不是内容文件夹")
@click.option("--overwrite", is_flag=True, help="盖掉没提交过的修改")
@pass_services
def checkout(services: Services, number: int | None, to: Path | None, overwrite: bool) -> None:
    """把发布的一版（默认现在用的）写回文件，一个字节不差。"""
    services.current(services.clock())
    with refusals():
        done, folder = services.desk().check_out(number, to, overwrite=overwrite)
    say(f"第 {done} 版已写到 {folder}。")


@click.command("export-log")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as", "who", default="", metavar="整理人", help="谁导出的，写进修改日志")
@pass_services
def export_log(services: Services, file: Path, who: str) -> None:
    """导出修改日志：谁在什么时候做了什么，一行一条，前后相扣。"""
    with refusals(), services.database().begin() as connection:
        take_turn(connection)
        actor = curators.find(connection, who).name if who else SYSTEM
        head = change_log.close(connection, actor, services.clock())
        lines = list(change_log.lines(connection))
        try:
            file.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")
        except OSError as error:
            stop(OUTSIDE, f"{file} 写不进去：{error.strerror}。请换一个位置。")
    say(f"已导出 {len(lines)} 条到 {file}。")
    say(f"末尾的校验值：{head}（请另外记下，核对时用 --head 给出，可以发现末尾被改写）")


@click.command("verify-log")
@click.argument("file", type=_FILE)
@click.option("--head", default="", metavar="校验值", help="导出时记下的末尾校验值")
@json_option
def verify(file: Path, head: str, as_json: bool) -> None:
    """核对导出的修改日志：有没有被改过、删过、调换过。"""
    raw = file.read_bytes()
    bad = verify_log.first_bad(raw, head)
    if as_json:
        say_json({"whole": bad is None, "seq": bad and bad[0], "message": bad and bad[1]})
    elif bad is None:
        say(f"{file}：{raw.count(b'%c' % 10)} 条，完整。")
    else:
        say(f"{file}:{bad[0]} 第 {bad[0]} 条有问题：{bad[1]}。请向给出日志的人要一份没动过的。")
    if bad:
        stop(FINDINGS)


COMMANDS: tuple[click.Command, ...] = (test, diff, checkout, export_log, verify)
