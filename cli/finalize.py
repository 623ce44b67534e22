"""`./run kb finalize`: drafts become the published versions in the files."""

import click

from bot.turn import SHANGHAI
from cli.services import FINDINGS, USAGE, Services, hint, pass_services, say, stop
from curation.finalizing import Signature, drafts_of, finalized, new_errors
from curation.spreadsheets.applying import changes_of
from curation.spreadsheets.batches import Batches, Moved
from curation.spreadsheets.importing import loaded
from curation.spreadsheets.results import Edit


@click.command()
@click.argument("numbers", nargs=-1, metavar="[编号]...")
@click.option("--all", "everything", is_flag=True, help="所有草稿")
@click.option("--by", default="", help="谁编写的，写职务；记进 history")
@click.option("--checked-by", default="", help="谁审核的，写职务，不能和编写的同一职务")
@click.option("--note", default="", help="改了什么，记进 history")
@pass_services
def finalize(
    services: Services, numbers: tuple[str, ...], everything: bool, by: str, checked_by: str, note: str
) -> None:
    """把草稿定稿：草稿改为已发布，旧版自动写上失效日期或停用。"""
    if bool(numbers) == everything:
        stop(USAGE, "请写要定稿的编号，或用 --all 表示所有草稿。")
    if (checked_by or note) and not by:
        stop(USAGE, "写了 --checked-by 或 --note，就要用 --by 写明谁编写的。")
    try:
        _finalize(services, numbers, Signature(by, checked_by, note) if by else None)
    except Moved as moved:
        stop(FINDINGS, f"什么也没有写入：{moved} 刚刚被别人改过。请再运行一次。")


def _finalize(services: Services, numbers: tuple[str, ...], signature: Signature | None) -> None:
    now, folder = services.clock().astimezone(SHANGHAI), services.settings.content_dir
    content, files = loaded(folder)
    drafts = drafts_of(content, numbers)
    if missing := sorted({*numbers} - {draft.id for draft in drafts}):
        stop(USAGE, f"没有这些编号的草稿：{'、'.join(missing)}。")
    edits = finalized(content, drafts, now.date(), signature)
    if problems := new_errors(content, edits, now.date()):
        for problem in problems:
            say(str(problem))
        stop(FINDINGS, f"没有定稿：定稿以后会有 {len(problems)} 个错误。请先改正。")
    if not edits:
        hint("没有草稿。")
        return
    batches = Batches(folder, services.settings.instance_dir / "imports")
    batch = batches.apply(changes_of(edits, files, content.entries), "定稿", {"定稿": len(drafts)}, now)
    for edit in edits:
        say(_told(edit))
    hint(f"已定稿 {len(drafts)} 条，批次 {batch.name}。要撤销：./run kb import --undo {batch.name}")


def _told(edit: Edit) -> str:
    entry = edit.entry
    end = "已停用" if entry.status == "retired" else f"到 {entry.effective_to} 为止" if entry.effective_to else ""
    is_draft = edit.instead is not None and edit.instead.status == "draft"
    return f"{entry.id} 第 {entry.version} 版 {'已定稿' if is_draft else f'（旧版）{end}'}"
