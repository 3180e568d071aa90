"""What a refusal's detail is called in a Chinese sentence: things, stages, posts, shares, days; an id that somebody chose stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

THINGS: Final[Mapping[str, str]] = {
    "account": "银行账户", "annulment": "决定撤销", "answer": "说明", "area": "小区类别", "ballot": "选票", "binding": "密钥关联",
    "called": "电话回访", "candidate": "候选人", "carry-over": "期初登记", "committee": "业主委员会", "committee-vote": "委员表决",
    "confirmation": "复核", "contract": "物业服务合同", "covenant": "管理规约", "decision": "在别处作出的决定",
    "decision-posting": "决定公告", "declaration": "当选宣布", "election": "选举", "erasure": "密封内容删除", "filing": "备案",
    "group": "小组", "handover": "移交", "key": "密钥", "key-page": "密钥页", "ledger": "台账", "list of candidates": "候选人名单",
    "meeting": "会议", "meeting-request": "会议提议", "objection": "异议", "officers": "主任和副主任", "opened ballot": "选票开示",
    "outage": "停机登记", "page of service": "送达登记", "paper page": "纸质代录页", "poll": "表决", "post": "岗位",
    "posting": "公告张贴", "price": "物业费标准", "proxy": "委托", "request": "业主联名", "result": "结果", "roll": "名册",
    "roll reason": "名册更新理由", "roll-page": "名册页", "rules": "议事规则", "scope": "范围", "seal": "用印", "seat": "席位",
    "signature": "联名签署", "warning": "提醒",
}  # fmt: skip
STAGES: Final[Mapping[str, str]] = {
    "active": "有效", "admitted": "已登记", "alternate": "候补", "announced": "已公布", "annulled": "已撤销", "answered": "已答复",
    "attested": "已登记", "begun": "已启动", "bound": "已关联", "called": "已回访", "carried": "已登记", "cast": "已投票",
    "certified": "已核定", "checked": "已审查", "classed": "已认定", "closed": "已截止", "confirmed": "已复核同意",
    "declared": "已宣布", "declined": "复核不同意", "defined": "已确定", "elected": "已推选", "ended": "已终止", "erased": "已删除",
    "escalated": "已提交监督单位", "filed": "已备案", "final": "候选人已确定", "forged": "声明系冒用", "formed": "已成立",
    "founded": "已设立", "frozen": "已定稿", "given": "已办理", "minuted": "已有会议记录", "nominated": "已提名", "noticed": "已公告",
    "open": "进行中", "opened": "已开示", "posted": "已张贴", "raised": "已提出", "recorded": "已登记", "requested": "已提议",
    "revoked": "已注销", "seated": "在任", "signed": "已签署", "used": "已用印", "verified": "已核实", "voted": "已表决",
    "warned": "已提醒", "withdrawn": "已撤回",
}  # fmt: skip
POSTS: Final[Mapping[str, str]] = {
    "building-head": "楼栋长", "clerk": "经办人", "committee": "业主委员会", "committee-member": "业主委员会委员", "counter": "计票人",
    "holder": "密钥持有人", "observer": "监票人", "operator": "台账运营员", "owner": "业主", "parent": "上级主管单位",
    "party-branch": "小区党支部", "posting-witness": "张贴见证人", "preparatory-group": "筹备组", "re-election-group": "换届小组",
    "resident": "居民", "secretary": "业主委员会秘书", "street-office": "街道办事处", "supervisor": "监督单位",
}  # fmt: skip
SHARES: Final[Mapping[str, str]] = {
    "area": "面积", "both": "人数和面积", "either": "人数或面积", "heads": "人数", "–": "都没有达到",
}  # fmt: skip
FIGURES: Final[Mapping[str, str]] = {
    "abstain": "弃权", "against": "反对", "agree": "同意", "alternates": "候补委员", "elected": "当选委员", "electorate": "全体业主",
    "area": "面积", "chair": "主任", "class": "事项性质", "end": "届满日", "heads": "人数", "items": "议题", "members": "委员",
    "participating": "参与表决", "passed": "结论", "present": "到会委员", "quorate": "参与是否达到法定比例", "run-off": "再次选举",
    "scope": "范围", "silence": "未表决的怎么算", "start": "任期起始日", "tags": "业主", "to": "届满日", "units": "房屋",
}  # fmt: skip
TABLES: Final[Mapping[str, Mapping[str, str]]] = {  # by the name of the field in the sentence
    "demanded": SHARES, "field": FIGURES, "found": SHARES, "needed": STAGES, "posts": POSTS, "stage": STAGES, "subject": THINGS,
}  # fmt: skip
DAYS: Final = frozenset({"day", "due", "end", "first", "last", "most", "to", "until"})  # fields that hold a day
DAY: Final = re.compile(r"\A([0-9]{4})-0?([0-9]{1,2})-0?([0-9]{1,2})\Z", re.ASCII)


def spoken(field: str, value: Any) -> Any:
    """A detail's value as a Chinese sentence says it; what is in no table stays as it is."""
    if isinstance(value, str) and field in DAYS:
        return DAY.sub(r"\1年\2月\3日", value)
    if not isinstance(value, str) or field not in TABLES:
        return value
    return "或".join(TABLES[field].get(one, one) for one in value.split("/"))
