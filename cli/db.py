"""`./run db …`: the schema, and deleting what is past its time."""

from datetime import timedelta

import click

from cli.services import Services, pass_services, say
from storage import retention
from storage.database import revisions


@click.group("db")
def db() -> None:
    """数据库。"""


@db.command()
@pass_services
def upgrade(services: Services) -> None:
    """把数据库结构升到这个版本（没有就新建）。"""
    current, _head = revisions(services.database())
    say(f"数据库结构：{current}")


@db.command()
@pass_services
def purge(services: Services) -> None:
    """删除过了保存期限的记录。"""
    deleted = retention.purge(services.database(), services.clock(), timedelta(days=services.settings.retention_days))
    for name, count in deleted.items():
        say(f"{name}：删除 {count} 条")
