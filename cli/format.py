"""`./run kb format`: the content files in their one canonical form."""

from collections.abc import Iterator
from pathlib import Path

import click

from cli.services import FINDINGS, Services, hint, pass_services, say, say_json, stop
from knowledge_base.editing import formatted_sources, formatted_topic
from knowledge_base.reading import read_text
from knowledge_base.strict_yaml import ContentError, Problem


@click.command("format")
@click.option("--check", is_flag=True, help="只看哪些文件要整理，不改")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
@pass_services
def format_command(services: Services, check: bool, as_json: bool) -> None:
    """把问答文件整理成统一的写法：字段顺序、引号、缩进。内容一个字不变。"""
    folder = services.settings.content_dir
    changed: list[str] = []
    problems: list[Problem] = []
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        try:
            before, after = _formatted(path, name)
        except ContentError as error:
            problems += error.problems
            continue
        if before != after.encode():
            changed.append(name)
            if not check:
                path.write_bytes(after.encode())
    _report(changed, problems, check, as_json)


def _files(folder: Path) -> Iterator[Path]:
    yield folder / "sources.yaml"
    yield from sorted((folder / "qa").glob("*.yaml"))


def _formatted(path: Path, name: str) -> tuple[bytes, str]:
    problems: list[Problem] = []
    text = read_text(path, name, problems)
    if problems:
        raise ContentError(problems)
    return path.read_bytes(), (formatted_sources if name == "sources.yaml" else formatted_topic)(text, name)


def _report(changed: list[str], problems: list[Problem], check: bool, as_json: bool) -> None:
    if as_json:
        say_json({"changed": changed, "findings": [problem.as_dict() for problem in problems]})
    else:
        for name in changed:
            say(f"{'要整理' if check else '已整理'}：{name}")
        for problem in problems:
            say(str(problem))
        hint(f"{len(changed)} 个文件{'要整理' if check else '已整理'}，{len(problems)} 个问题。")
    if problems or (check and changed):
        stop(FINDINGS)
