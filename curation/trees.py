"""The content files of one version as bytes: read from a folder, kept in the database, written back to the byte."""

from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, insert, select

from knowledge_base.entry import Content, Place
from knowledge_base.loading import content_files, load
from knowledge_base.strict_yaml import ContentError, Problem
from storage.tables.publishing import change_file, content_file

# Path inside the content folder, with "/" -> the file's bytes.
Tree = Mapping[str, bytes]


def read(folder: Path) -> tuple[Tree, Content]:
    """The files of a folder and what they say. Raises ContentError, also when they change while being read."""
    tree = files(folder)
    content = load(folder)
    if files(folder) != tree:
        raise ContentError([Problem(Place("qa", 1), "E100", "文件正在被修改。", "请等存盘完再试一次。")])
    return tree, content


def files(folder: Path) -> Tree:
    """The content files of a folder as they lie there."""
    tree = {}
    for path in content_files(folder):
        with suppress(OSError):  # gone meanwhile, or not readable: the loader says which
            tree[path.relative_to(folder).as_posix()] = path.read_bytes()
    return tree


def digest(tree: Tree) -> str:
    """One hash over all paths and files."""
    named = (f"{sha256(body).hexdigest()} {path}\n" for path, body in sorted(tree.items()))
    return sha256("".join(named).encode("utf-8", "surrogateescape")).hexdigest()


def content(tree: Tree) -> Content:
    """What a tree says: read by the one loader there is. Raises ContentError."""
    with TemporaryDirectory(prefix="zhibu-") as folder:
        write(tree, Path(folder))
        return load(Path(folder))


def write(tree: Tree, folder: Path) -> None:
    """Makes the folder's content files exactly the tree: each replaced in one step, the others removed."""
    for path, body in tree.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.new")
        fresh.write_bytes(body)
        fresh.replace(target)
    for old in content_files(folder):
        if old.relative_to(folder).as_posix() not in tree:
            old.unlink()


def store(connection: Connection, change_set_id: int, tree: Tree) -> None:
    """Keeps the files of a change set; a file the database already has is kept once."""
    for path, body in sorted(tree.items()):
        name = sha256(body).hexdigest()
        if connection.scalar(select(content_file.c.digest).where(content_file.c.digest == name)) is None:
            connection.execute(insert(content_file).values(digest=name, body=body))
        connection.execute(insert(change_file).values(change_set_id=change_set_id, path=path, digest=name))


def fetch(connection: Connection, change_set_id: int) -> Tree:
    """The files of a change set."""
    rows = connection.execute(
        select(change_file.c.path, content_file.c.body)
        .join(content_file, content_file.c.digest == change_file.c.digest)
        .where(change_file.c.change_set_id == change_set_id)
    )
    return {row.path: bytes(row.body) for row in rows}
