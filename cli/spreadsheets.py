"""`./run kb export` and `./run kb import`: the curators' workbook out, its changes back in."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from bot.turn import SHANGHAI
from cli.services import FINDINGS, USAGE, Services, hint, pass_services, say, say_json, stop
from curation.spreadsheets import exporting, foreign, importing
from curation.spreadsheets.batches import DONE, Batch, Batches, Moved
from curation.spreadsheets.columns import BY_KEY
from curation.spreadsheets.importing import Preview
from curation.spreadsheets.opening import FileProblem
from curation.spreadsheets.results import OUTCOMES, Result
from curation.spreadsheets.topics import Defaults
from curation.spreadsheets.workbook import TooLong
from knowledge_base.loading import load
from knowledge_base.strict_yaml import ContentError

_OUT = click.Path(dir_okay=False, path_type=Path)
_PRODUCTS = {"dify": "Dify 的 CSV", "maxkb": "MaxKB 的 XLSX", "azure": "Azure 问答的 TSV", "rasa": "Rasa 的 YAML"}
LAST = "last"


def _product_options(command: Callable[..., None]) -> Callable[..., None]:
    for name, told in reversed(_PRODUCTS.items()):
        command = click.option(f"--{name}", type=_OUT, help=f"把现在用来回答的问答写成 {told}")(command)
    return command


_overwrite = click.option("--overwrite", is_flag=True, help="要写的文件已经有了，也盖掉它")


@click.command("export")
@click.option("--xlsx", type=_OUT, help="把全部问答写成给人改的工作簿")
@_product_options
@_overwrite
@pass_services
def export_command(services: Services, /, xlsx: Path | None, overwrite: bool, **products: Path | None) -> None:
    """把问答导出成表格，改完再用 kb import 导回来。"""
    content = load(services.settings.content_dir)
    wanted = {name: path for name, path in products.items() if path}
    for path in (xlsx, *wanted.values()):
        _spare(path, overwrite)
    if not xlsx and not wanted:
        stop(USAGE, f"请写明导出成什么，如 --xlsx 问答.xlsx；还可以是 {'、'.join(f'--{name}' for name in _PRODUCTS)}。")
    try:
        if xlsx:
            _write(xlsx, exporting.workbook(content), len(content.entries))
        live = [entry for entry in content.entries if entry.in_force(_today(services))]
        for name, write in foreign.WRITERS.items():
            if path := wanted.get(name):
                _write(path, write(live), len(live))
    except TooLong as error:
        stop(FINDINGS, f"“{error}……”超过一个单元格能放的 32767 个字，没有导出。请先把它拆短。")


def _spare(path: Path | None, overwrite: bool) -> None:
    """A workbook that is there may hold work that nobody has imported yet."""
    if path and path.exists() and not overwrite:
        stop(USAGE, f"{path} 已经有了，里面可能有还没导入的修改。请换一个文件名，或加 --overwrite 盖掉它。")


def _write(path: Path, data: bytes, entries: int) -> None:
    path.write_bytes(data)
    say(f"已导出 {entries} 条到 {path}")


def _today(services: Services) -> date:
    return services.clock().astimezone(SHANGHAI).date()


@click.command("import")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="只看会怎样，不写入")
@click.option("--apply", is_flag=True, help="写入：改过的存成草稿，整批写入或整批不写")
@click.option("--annotated", type=_OUT, help="另存一份，每行后面写明处理结果和问题")
@_overwrite
@click.option("--from", "kind", type=click.Choice([*_PRODUCTS]), help="文件来自哪个产品；不写就按表头判断")
@click.option("--topic", default="", help="没有写分类、或写的分类不存在的新问答归到这个分类")
@click.option("--owner", default="", help="--topic 是新分类时，谁负责（职务）")
@click.option("--undo", metavar="批次", help=f"撤销一批导入；{LAST} 是最近一批")
@click.option("--list", "listing", is_flag=True, help="看导入过的批次")
@click.option("--json", "as_json", is_flag=True, help="只输出 JSON")
@pass_services
def import_command(
    services: Services,
    file: Path | None,
    preview: bool,
    apply: bool,
    annotated: Path | None,
    overwrite: bool,
    kind: str | None,
    topic: str,
    owner: str,
    undo: str | None,
    listing: bool,
    as_json: bool,
) -> None:
    """把改过的表格导回来：先 --preview 看会怎样，再 --apply 写入。"""
    wanted = [preview, apply, bool(undo), listing]
    if sum(wanted) != 1 or (file is None) == (preview or apply):
        stop(USAGE, "请写“文件 --preview”（只看）、“文件 --apply”（写入）、“--undo 批次”或“--list”之一。")
    _spare(annotated, overwrite)
    batches = Batches(services.settings.content_dir, services.settings.instance_dir / "imports")
    for batch in batches.recover():
        hint(f"上一次导入（批次 {batch.name}）中途停了，已恢复原样。")
    if listing:
        _list(batches, as_json)
    elif undo:
        _undo(batches, undo, as_json)
    elif file:
        seen = _seen(services, file, kind or "", Defaults(topic.strip(), owner.strip()), as_json)
        if annotated:
            annotated.write_bytes(importing.annotated(seen, file.read_bytes()))
            hint(f"已另存 {annotated}：每行后面写明处理结果和问题。")
        batch_or_none = _applied(seen, batches, file, services) if apply else None
        _report(seen, batch_or_none, file, apply, as_json)


def _seen(services: Services, file: Path, kind: str, defaults: Defaults, as_json: bool) -> Preview:
    try:
        return importing.preview(file.read_bytes(), kind, services.settings.content_dir, _today(services), defaults)
    except FileProblem as problem:
        if as_json:
            finding = {"row": 0, "column": problem.place, "code": problem.code, "severity": "error"}
            finding |= {"message": problem.text, "remedy": problem.remedy}
            say_json(
                {
                    "file": file.name,
                    "format": None,
                    "rows": 0,
                    "counts": {},
                    "results": [],
                    "findings": [finding],
                    "batch": None,
                }
            )
        stop(FINDINGS, f"{file.name} {problem}")
    except Moved as moved:
        stop(FINDINGS, f"{moved} 里的文件正在被修改。请等存盘完再运行一次。")


def _applied(seen: Preview, batches: Batches, file: Path, services: Services) -> Batch | None:
    try:
        return importing.apply(seen, batches, file.name, services.clock().astimezone(SHANGHAI))
    except Moved as moved:
        stop(FINDINGS, f"什么也没有写入：{moved} 刚刚被别人改过。请再运行一次。")
    except ContentError as error:
        stop(FINDINGS, f"什么也没有写入：{error}")


def _report(seen: Preview, batch: Batch | None, file: Path, is_applied: bool, as_json: bool) -> None:
    counts = seen.merged.counts
    total = sum(counts.values())
    if as_json:
        say_json(_object(seen, batch, file))
    else:
        say(f"{file.name}：{seen.sheet.kind}，工作表“{seen.sheet.title}”，表头在第 {seen.table.header_row} 行。")
        for result in seen.merged.results:
            if result.outcome != "unchanged" or result.findings:
                _say_result(result)
        for note in seen.merged.notes:
            say(str(note))
        say(" + ".join(f"{OUTCOMES[outcome]} {number}" for outcome, number in counts.items()) + f" = {total} 行")
    if batch:
        hint(f"已写入，批次 {batch.name}。要撤销：./run kb import --undo {batch.name}")
    elif is_applied:
        hint("没有要写入的。")
    else:
        hint("这是预览，什么也没有写入。确认后把 --preview 换成 --apply。")
    if counts["conflict"] or counts["refused"]:
        stop(FINDINGS)


def _say_result(result: Result) -> None:
    entry = result.entry
    what = f" {entry.id} 第 {entry.version} 版" if entry and entry.id and result.outcome != "refused" else ""
    columns = "、".join(BY_KEY[key].name for key in result.columns) if result.outcome == "changed" else ""
    question = f"“{result.edit.entry.question}”" if result.edit and result.outcome == "new" else ""
    say(f"第 {result.row.number} 行 {OUTCOMES[result.outcome]}{what}{question}{columns and f'：{columns}'}")
    for finding in result.findings:
        say(f"    {finding}")


def _object(seen: Preview, batch: Batch | None, file: Path) -> dict[str, Any]:
    return {
        "file": file.name,
        "format": seen.sheet.kind,
        "rows": sum(seen.merged.counts.values()),
        "counts": seen.merged.counts,
        "results": [
            {
                "rows": list(result.row.numbers),
                "outcome": result.outcome,
                "entry": result.entry.id if result.entry else None,
                "version": result.entry.version if result.entry else None,
                "columns": [BY_KEY[key].name for key in result.columns],
            }
            for result in seen.merged.results
        ],
        "findings": [finding.as_dict() for finding in seen.merged.findings],
        "batch": batch.name if batch else None,
    }


def _undo(batches: Batches, name: str, as_json: bool) -> None:
    standing = [batch for batch in batches.listed() if batch.state == DONE]
    found = next((batch for batch in standing if name in (batch.name, LAST)), None)
    if found is None:
        stop(USAGE, f"没有可以撤销的批次“{name}”。用 ./run kb import --list 看导入过的批次。")
    try:
        batches.undo(found)
    except Moved as moved:
        stop(FINDINGS, f"没有撤销：这一批写入以后又有人改过 {moved}。请先处理这些条目。")
    if as_json:
        say_json({"undone": found.name})
    else:
        say(f"已撤销批次 {found.name}（{found.source}）。")


def _keyed(counts: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The counts under the keys of a preview; a batch keeps them in words."""
    return {"counts": {key: counts.get(word, 0) for key, word in OUTCOMES.items()}}


def _list(batches: Batches, as_json: bool) -> None:
    listed = batches.listed()
    if as_json:
        rows = [{"batch": b.name, "file": b.source, "at": b.at, "state": b.state} | _keyed(b.counts) for b in listed]
        say_json({"batches": rows})
        return
    for batch in listed:
        counted = "、".join(f"{name} {number}" for name, number in batch.counts.items() if number)
        say(f"{batch.name}  {batch.source}  {counted}{'' if batch.state == DONE else '（已撤销）'}")
    hint(f"共 {len(listed)} 批。")
