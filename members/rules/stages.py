"""The stages of a person's way in the Party, as the rules name them (发展党员工作细则 2026, chapters 2-5)."""

STAGES = ("入党申请人", "入党积极分子", "发展对象", "预备党员", "正式党员")
DEFAULT_STAGE = "正式党员"
