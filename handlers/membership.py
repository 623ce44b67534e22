"""绑定, 我的, 导出我的数据, 解除绑定."""

from bot.message import Reply
from bot.routing import picked
from handlers.types import MemberTurn
from members import binding, reach
from members.binding import Codes
from members.privacy import kept
from members.rules.codes import typed_code
from replies import members as said
from study import learners
from study.learners import Learning

AGREED = ("同意", "我同意", "是")
REFUSED = ("不同意", "不", "取消", "退出")
CONFIRMED = ("确认解除", "确认")


class Bind:
    """绑定, with or without the code, and a code sent by itself."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def __call__(self, turn: MemberTurn) -> Reply:
        """Checks the code and states the use; binds nothing yet."""
        if turn.person.bound:
            return said.already_bound(turn.person)
        code = typed_code(turn.said)
        if code is None:
            return said.ask_code()
        offer = binding.offer(turn.store(), self._codes.digest(code), turn.now)
        return said.ask_consent(offer) if offer else said.bad_code()


def consent(turn: MemberTurn) -> Reply:
    """同意 or 不同意 after the use was stated."""
    assert turn.awaiting
    if turn.said in AGREED:
        offer = binding.bind(turn.store(), turn.binding_id(), turn.awaiting.detail, turn.now)
        return said.bound(offer) if offer else said.bad_code()
    return said.not_bound()


def mine(turn: MemberTurn) -> Reply:
    """我的."""
    return said.mine(kept(turn.store(), turn.binding_id()), _learning(turn))


def export(turn: MemberTurn) -> Reply:
    """导出我的数据."""
    return said.exported(kept(turn.store(), turn.binding_id()), _learning(turn))


def ask_unbind(turn: MemberTurn) -> Reply:
    """解除绑定."""
    return said.ask_unbind() if turn.person.bound else said.ask_forget()


def unbind(turn: MemberTurn) -> Reply:
    """确认解除, or anything else after the question."""
    if turn.said not in CONFIRMED:
        return said.kept_binding()
    binding.unbind(turn.store(), turn.binding_id(), turn.now)
    member_id = turn.person.member_id
    # With another chat account still bound, what was learnt stays the member's.
    if member_id is not None and not reach.accounts(turn.store(), member_id):
        learners.forget(turn.store(), member_id, turn.now)
    return said.unbound()


def _learning(turn: MemberTurn) -> Learning | None:
    return learners.kept(turn.store(), turn.person.member_id) if turn.person.member_id is not None else None


def answers_consent(turn: MemberTurn) -> bool:
    """The message is a yes or a no to the stated use."""
    return turn.said in AGREED + REFUSED or picked(turn.said) == 0


def answers_unbind(turn: MemberTurn) -> bool:
    """The message is a yes or a no to 解除绑定."""
    return turn.said in CONFIRMED + REFUSED or picked(turn.said) == 0


def is_code(turn: MemberTurn) -> bool:
    """The message is a binding code, alone or after 绑定."""
    return typed_code(turn.said) is not None
