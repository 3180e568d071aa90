"""What `liuchi verify` claims of a receipt or of an owner's rows, step by step, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Step:
    """One claim about a receipt and whether it held; None is what cannot be known. `words` is a row of CLAIMS."""

    words: str
    held: bool | None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, language: int) -> str:
        """The claim, or what failed where it does not hold, in Chinese (0) or English (1)."""
        return (FAILURES if self.held is False else CLAIMS)[self.words][language].format(**self.detail)


# Each is a claim: ✓ it holds, ○ nobody can tell from this receipt; what to say where it does not hold stands in FAILURES.
CLAIMS: Final[Mapping[str, tuple[str, str]]] = {
    "leaf": ("条目内容的哈希就是回执所写", "the entry's bytes have the leaf hash that the receipt names"),
    "index": ("回执与证明所指位置相同：第{index}条", "receipt and proof name the same place: {index}"),
    "inclusion": ("条目在 {size} 条的树中位于第{index}条", "the entry stands at place {index} of the tree of {size} entries"),
    "entry": ("条目格式规范", "the bytes are an entry in its one spelling"),
    "ledger": ("声明属于该台账 {origin}", "the statement is for this ledger, {origin}"),
    "kind": ("内容符合该类行为的字段", "the body fits its kind"),
    "in-date": ("在声明有效期内登记", "it was recorded before the statement ran out"),
    "log-key": ("检查点由公钥文件所列台账公钥签署", "the checkpoint is soundly signed by a log key of the policy"),
    "no-policy": ("台账公钥是谁的：未给出公钥文件（--policy），检查点签名未核对，任何人都可能造出这份回执",
                  "whose log this is: without a policy the log's key comes from nowhere; anybody could have made this receipt"),
    "witnesses": ("联署方已联署：{who}", "cosigned by {who}"),
    "quorum": ("联署达到公钥文件的要求", "cosigned by the policy's quorum"),
    "not-witnessed": ("别人是否看到同一份台账：没有联署方",
                      "whether everybody sees this same log: it is not witnessed"),
    "document": ("条目公开内容引用了所附文件", "the entry's public body names the document"),
    "document-sealed": ("密封内容是否引用所附文件", "whether something sealed names the document"),
    "signature": ("作者签名与条目中的作者密钥相符", "the author's signature holds under the author's key, which the entry carries"),
    "signature-elsewhere": ("作者签名：其密钥 {key}… 登记在台账中，由审计核对",
                            "the author's signature: the key {key}… is admitted in the log, and an audit checks it"),
    "sealed": ("{count} 项密封内容：未开示，未核对", "{count} sealed values: unopened, not verified"),
    "in-force": ("是否已生效：须他人复核", "whether the act is in force: others must confirm it"),
    "own-result": ("这是一份结果核定；它是否已生效，看台账上的这一条",
                   "the entry certifies the result of a vote; whether it is in force is on the ledger"),
    "own-row": ("事项 {item}：{zh}（结果第{index}行，共{size}行）", "item {item}: {en} (row {index} of {size} in the result)"),
    "own-whole": ("每个事项都有一行，没有漏掉的", "there is a row for every item; none was left out"),
    "own-ballot": ("所计的是不是您投的票：与您投票回执中的指纹（叶哈希）{leaf}… 核对",
                   "whether the ballot that was counted is yours: compare the leaf hash {leaf}… with your ballot's receipt"),
    "own-head": ("这些行是不是您的：行里只有随机标识 {tag}，它对应哪户，见名册包",
                 "whether these rows are yours: they carry only the random tag {tag}; whose it is stands in the roll pack"),
    "lawful": ("是否合法、是否计入：须审计全部台账（liuchi audit）", "whether it is lawful and what it counts for: audit the log"),
}  # fmt: skip


FAILURES: Final[Mapping[str, tuple[str, str]]] = {
    "leaf": ("条目内容与回执所写的哈希不符", "the entry's bytes are not those whose leaf hash the receipt names"),
    "index": ("回执所写位置第{index}条与证明所指不同", "the receipt says place {index}, its proof another"),
    "inclusion": ("证明不成立：在 {size} 条的树中，第{index}条不是这个条目",
                  "the proof fails: it does not lead from this entry at place {index} to the tree of {size} entries"),
    "entry": ("条目格式不合规范", "the bytes are no entry in its one spelling"),
    "ledger": ("声明不属于该台账 {origin}", "the statement is for another ledger than {origin}"),
    "kind": ("内容不符合该类行为的字段", "the body does not fit its kind"),
    "in-date": ("在声明有效期之后才登记", "it was recorded after the statement had run out"),
    "log-key": ("检查点没有被公钥文件所列的台账公钥有效签署", "no log key of the policy has soundly signed the checkpoint"),
    "quorum": ("联署未达到公钥文件的要求", "the policy's quorum has not cosigned"),
    "document": ("条目公开内容没有引用所附文件", "the entry's public body does not name the document"),
    "own-result": ("这不是表决结果的条目，行无从核对", "the entry is no certified result: there is nothing to check the rows against"),
    "own-row": ("事项 {item} 的一行不在这份结果的计票明细中", "the row of item {item} does not stand in this result's counted rows"),
    "own-whole": ("有的事项缺少一行：文件不完整", "a row is missing: the file does not answer for every item"),
    "signature": ("作者签名与条目中的作者密钥不符", "the author's signature fails under the author's key, which the entry carries"),
}  # fmt: skip
