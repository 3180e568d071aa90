"""Every refusal: its code, the rule it rests on, its HTTP status, and what it says to the person and what to do, in 中文 and English.

A broken rule of a report uses the same row and becomes a flag. Rule ids are those of docs/glossary.md: R-… from the law and the
product's rulebook, R-ACT-… and R-FORM-… from docs/spec/.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from domain.spoken import spoken


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row: sentence and remedy as (zh, en); `{names}` are filled from the refusal's detail."""

    rule: str
    status: int
    sentence: tuple[str, str]
    remedy: tuple[str, str]


def _row(rule: str, status: int, zh: str, en: str, zh_remedy: str, en_remedy: str) -> Refusal:
    return Refusal(rule, status, (zh, en), (zh_remedy, en_remedy))


_AGAIN = ("请取得台账最新状态后重新制作并签署。", "Read the ledger's newest state, then make and sign the statement again.")
_FORM = ("请按 docs/spec/bytes.md 的格式重新制作。", "Make it again in the form that docs/spec/bytes.md gives.")
_CLERK = ("请联系经办人核对。", "Ask the clerk to check it.")
_KIND = ("请按该行为的字段表填写（/kinds）。", "Fill it in by the kind's table of fields (/kinds).")

REFUSALS: Final[Mapping[str, Refusal]] = {
    # the form of what was sent
    "submission-malformed": _row("R-FORM-SUBMISSION", 400, "提交内容不符合格式：{why}。", "The submission is malformed: {why}.", *_FORM),
    "entry-too-large": _row("R-FORM-SIZE", 413, "条目超过65,535字节。", "The entry is larger than 65,535 bytes.", "请分成几页提交。", "Split it into several pages."),
    "unknown-kind": _row("R-FORM-KIND", 400, "没有名为“{kind}”的行为。", "There is no kind named “{kind}”.", "可用的行为见 /kinds。", "See /kinds for those there are."),
    "body-malformed": _row("R-FORM-BODY", 400, "字段“{path}”不符合要求，应为：{expected}。", "Field “{path}” does not fit; expected {expected}.", *_KIND),
    "wrong-stream": _row("R-FORM-STREAM", 400, "流名应为“{expected}”。", "The stream must be “{expected}”.", *_FORM),
    "about-missing": _row("R-FORM-ABOUT", 400, "必须指明所针对的条目。", "The act must name the entry it answers.", *_AGAIN),
    "about-unexpected": _row("R-FORM-ABOUT", 400, "此类行为不针对其他条目。", "This kind answers no entry.", *_FORM),
    "about-wrong": _row("R-FORM-ABOUT", 422, "所针对的不是本次表决的开始记录。", "The entry named is not this vote's opening.", *_AGAIN),
    "sealed-count": _row("R-FORM-SEALED", 400, "密封内容的数目应为{expected}项。", "This act must seal exactly {expected} values.", *_KIND),
    "sealed-not-opened": _row("R-FORM-SEALED", 400, "密封内容与所附明文不一致：{why}。", "The sealed values are not those that were opened: {why}.", *_FORM),
    "opening-malformed": _row("R-FORM-SEALED", 400, "密封内容“{name}”不符合要求，应为：{expected}。", "Sealed value “{name}” does not fit; expected {expected}.", *_KIND),
    "bad-signature": _row("R-SIG-1", 403, "签名与声明不符。", "The signature does not fit the statement.", "请用本人的密钥重新签署；如非本人操作，请立即挂失密钥。", "Sign again with your own key; if it was not you, have the key revoked at once."),
    "possession-unproved": _row("R-SIG-5", 422, "未证明持有密钥 {key}。", "Possession of key {key} was not proved.", "请由持有人用该密钥签署持有证明。", "Let the holder sign the proof of possession with that key."),
    # place in the log
    "not-founded": _row("R-ACT-FOUNDED", 409, "台账尚未设立，或设立尚待两个监督单位确认。", "The ledger is not founded, or two supervisors have yet to confirm it.", "请等待设立完成。", "Wait until the founding is complete."),
    "wrong-ledger": _row("R-ACT-LEDGER", 409, "声明属于另一台账，本台账为 {expected}。", "The statement is for another ledger; this one is {expected}.", *_AGAIN),
    "stream-moved": _row("R-ACT-PREV", 409, "“{stream}”已有新的记录，本声明已过时。", "Stream “{stream}” has a newer entry; this statement is stale.", *_AGAIN),
    "pending-first": _row("R-ACT-PENDING", 409, "“{stream}”中有一项行为尚待复核。", "An act in “{stream}” still waits for confirmation.", "请先复核、不同意或撤回该行为。", "Confirm, decline or withdraw that act first."),
    "matter-final": _row("R-ACT-FINAL", 409, "事项“{matter}”已终结，不再接受新的记录。", "Matter “{matter}” is final and takes no further act.", "结果和全部记录仍可查阅；有异议请向监督单位提出。", "Its result and entries can still be read; take an objection to a supervisor."),
    "out-of-date": _row("R-ACT-UNTIL", 409, "声明已过有效期。", "The statement is past its date.", *_AGAIN),
    "until-too-far": _row("R-ACT-UNTIL", 422, "声明的有效期最长{days}天。", "A statement is valid for at most {days} days.", *_AGAIN),
    "forked-view": _row("R-ACT-SEEN", 409, "您所见的第{size}条的台账与本台账不一致，此事已留存。", "The tree of size {size} that you saw is not this ledger's; this is kept as evidence.", "请把您保存的回执交给监督单位核对。", "Show the receipt you hold to a supervisor."),
    "clock-suspect": _row("R-ACT-CLOCK", 503, "台账服务器的时钟异常，暂停登记。", "The ledger's clock is suspect; nothing is recorded until an operator has checked it.", "请稍后再试，或改用纸质方式。", "Try later, or act on paper."),
    "store-behind": _row("R-ACT-ANCHOR", 503, "数据库与外部留存的检查点不一致，暂停登记。", "The database does not match the checkpoint kept outside it; nothing is recorded.", "请通知运营单位和监督单位。", "Tell the operator and the supervisors."),
    "store-unavailable": _row("R-ACT-STORE", 503, "台账暂时无法写入。", "The ledger cannot be written to at the moment.", "请稍后再试；重复提交同一声明不会重复登记。", "Try again later; the same statement is never recorded twice."),
    "kind-not-offered": _row("R-SRC-1", 422, "本台账现行的规则版本“{ruleset}”没有“{kind}”。", "The edition in force here, “{ruleset}”, does not have “{kind}”.", "请先采用新的规则版本。", "Adopt a newer edition first."),
    "rules-failed": _row("R-ACT-STAGE", 422, "规则无法判断该条目：{why}。", "The rules have no answer to this entry: {why}.", "请将该条目和本报告交给程序维护者；该条目不得视为有效。", "Show the entry and this report to those who keep the program; do not take the entry for lawful."),
    # stages
    "already-exists": _row("R-ACT-STAGE", 409, "该事项（{subject}）已经存在。", "This {subject} exists already.", "请查看已有记录。", "Look at the entry there is."),
    "unknown-matter": _row("R-ACT-STAGE", 404, "没有该事项（{subject}）。", "There is no such {subject}.", "请核对编号。", "Check its id."),
    "wrong-stage": _row("R-ACT-STAGE", 409, "该事项（{subject}）目前处于“{stage}”，须处于“{needed}”。", "This {subject} is “{stage}”; it must be “{needed}”.", "请按程序先完成前一步。", "Complete the step before it first."),
    # people
    "key-unknown": _row("R-SIG-5", 403, "签署密钥未登记、尚未生效或已注销。", "The signing key is not admitted, not yet in force, or revoked.", "请向经办人办理密钥登记；也可纸质办理。", "Have your key admitted by the clerk, or act on paper."),
    "not-authorised": _row("R-ACT-AUTHORITY", 403, "签署人没有办理“{kind}”的岗位（{posts}）。", "The signer holds no post ({posts}) that may sign “{kind}”.", "请由任职者签署，或先办理任命。", "Let the holder of the post sign, or have the post given first."),
    "same-person": _row("R-ACT-AUTHORITY", 403, "同一人不能复核自己或重复复核。", "Nobody confirms or appoints themselves, or confirms twice.", "请由另一人办理。", "Let another person do it."),
    "same-organisation": _row("R-ACT-AUTHORITY", 403, "复核人须来自另一单位。", "Whoever confirms must belong to another organisation.", "请由另一单位的任职者复核。", "Ask a holder of the post from another organisation."),
    "not-a-confirmer": _row("R-ACT-AUTHORITY", 403, "签署人不在该行为的复核岗位之列，或该岗位已复核。", "The signer holds none of the posts whose confirmation is still needed.", "请由规定岗位的人复核。", "Let a holder of the post that is needed confirm."),
    "nothing-pending": _row("R-ACT-PENDING", 409, "没有等待复核的该行为：已完成、已被否决或已逾期。", "No such act is waiting: it is complete, declined or has expired.", "请查看该条目的状态。", "Look at the state of that entry."),
    "not-your-person": _row("R-ACT-AUTHORITY", 403, "声明中的人不是签署密钥的持有人。", "The person named is not the holder of the signing key.", *_AGAIN),
    "withdraw-only": _row("R-ACT-PENDING", 422, "本人提出的行为只能撤回。", "An author can only withdraw their own act.", "请选择原因“撤回”。", "Give the reason “withdrawn”."),
    "key-known": _row("R-SIG-6", 409, "密钥 {key} 已登记过，不能再次登记。", "Key {key} has been admitted before and cannot be again.", "请生成新的密钥。", "Make a new key."),
    "person-has-key": _row("R-SIG-5", 422, "人员 {person} 已有有效密钥，不能由他人另行登记。", "Person {person} has an active key; others cannot admit a further one.", "请由本人更换密钥；遗失的密钥先注销再登记。", "Let them rotate it themselves; a lost key is revoked first."),
    "holder-differs": _row("R-SIG-5", 422, "密钥 {key} 的持有人与同一人员的其他密钥不符，或同一人以两个身份登记。", "Key {key}: one person with two holders, or one holder as two persons.", *_CLERK),
    "person-org-differs": _row("R-ACT-AUTHORITY", 422, "人员 {person} 未登记，或其单位与登记不符。", "Person {person} is unknown, or belongs to another organisation than stated.", *_CLERK),
    "organisation-unknown": _row("R-ACT-AUTHORITY", 422, "单位编号“{org}”的类别无法识别。", "The organisation id “{org}” begins with no known class.", "编号须以单位类别开头，如 street-、bureau-。", "An id begins with its class, such as street- or bureau-."),
    "post-barred": _row("R-BAL-9", 403, "物业服务企业和建设单位不得担任此岗位。", "The service enterprise and the developer may not hold this post.", "请由其他单位的人担任。", "Give it to somebody of another organisation."),
    "rotation-changes-person": _row("R-SIG-5", 422, "更换密钥不得更换持有人。", "A rotated key stays with its person.", "新持有人请另行登记。", "Admit the other person's key by a page of keys."),
    "term-missing": _row("R-ACT-AUTHORITY", 422, "该岗位须写明任期届满日。", "This post needs the last day of its term.", "请填写届满日。", "Name the day."),
    "term-backwards": _row("R-ACT-AUTHORITY", 422, "任期届满日早于起始日。", "The term ends before it begins.", "请更正日期。", "Mend the dates."),
    # founding and editions
    "founding-not-first": _row("R-ACT-FOUNDED", 409, "设立只能是台账的第一条。", "Founding is the first entry of a log.", "请另立台账。", "Found another ledger."),
    "founding-incomplete": _row("R-ACT-FOUNDED", 422, "设立内容不全，缺少：{missing}。", "The founding lacks: {missing}.", "请补齐后重新签署。", "Complete it and sign again."),
    "log-key-malformed": _row("R-FORM-VKEY", 422, "台账公钥有误：{why}。", "The log's key is wrong: {why}.", "请使用以台账地址命名的C2SP公钥。", "Use a C2SP key named for the ledger's origin."),
    "log-key-differs": _row("R-FORM-VKEY", 422, "检查点不是用设立时公布的台账密钥（{log_key}）签署的。", "The checkpoint is not signed with the log key that the founding names ({log_key}).", "请向监督单位索取其留存的检查点。", "Ask a supervisor for the true checkpoint."),
    "demo-by-name": _row("R-ACT-FOUNDED", 422, "演示台账的地址须以 demo. 开头，正式台账不得如此。", "A demo ledger's origin begins with demo., a real one's does not.", "请更改地址或演示标记。", "Change the origin or the demo mark."),
    "edition-unknown": _row("R-SRC-1", 422, "本程序没有规则版本“{ruleset}”或其摘要不符。", "This program does not have edition “{ruleset}” with these digests.", "请升级程序后再试。", "Upgrade the program first."),
    "edition-in-force": _row("R-SRC-1", 409, "该规则版本已在施行。", "This edition is in force already.", "无须再次采用。", "Nothing needs to be done."),
    "edition-behind": _row("R-SRC-1", 409, "本台账已有按更新规则办理的事项，不能再退回规则版本“{ruleset}”。", "Things were done here that edition “{ruleset}” does not know; it is not adopted any more.", "规则有误的，请采用修正后的新版本。", "If the rules are wrong, adopt a newer edition that mends them."),
    "edition-not-in-force": _row("R-SRC-1", 422, "公告所定规则版本不是现行版本。", "The edition that the notice pins is not the one in force.", *_AGAIN),
    # the roll
    "roll-frozen": _row("R-ROLL-8", 409, "名册已定稿，不能再加页。", "The roll is frozen and takes no further page.", "请另立新名册并说明理由。", "Make a new snapshot with its reason."),
    "page-miscounted": _row("R-ROLL-3", 422, "本页{rows}行，却写明{heads}人。", "The page has {rows} rows but states {heads} heads.", *_CLERK),
    "tag-known": _row("R-ROLL-3", 422, "业主标识在本名册中重复。", "A tag stands twice in this snapshot.", "请重新生成随机标识。", "Draw new random tags."),
    "pages-differ": _row("R-ROLL-8", 422, "定稿所列的页与已登记的页不一致。", "The pages named are not those recorded, in their order.", *_AGAIN),
    "totals-differ": _row("R-ROLL-3", 422, "合计与各行之和不一致。", "The totals are not the sum of the rows.", *_CLERK),
    "posting-not-over": _row("R-DIS-2", 422, "名册公示至{to}才届满。", "The roll is posted until {to}.", "请在公示期满后定稿。", "Freeze it when the posting is over."),
    "posting-too-short": _row("R-DIS-2", 422, "名册只公示{days}天，须{needed}天。", "The roll was posted for {days} days; {needed} are needed.", "请补足公示期。", "Post it for the full period."),
    "head-unknown": _row("R-ROLL-3", 404, "名册中没有业主标识 {tag}。", "The roll has no head with tag {tag}.", *_CLERK),
    "bound-key-unknown": _row("R-SIG-5", 422, "密钥 {key} 未登记或已注销。", "Key {key} is not admitted, or revoked.", *_CLERK),
    "row-columns-differ": _row("R-ROLL-3", 422, "名册行的各列长度不一。", "The columns of a row differ in length.", *_CLERK),
    "row-mixes-heads": _row("R-ROLL-5", 422, "一行中混有不同业主的房屋。", "A row holds units of different heads.", *_CLERK),
    "unit-twice": _row("R-ROLL-3", 422, "有房屋在名册中重复。", "A unit stands twice in the roll.", *_CLERK),
    "head-twice": _row("R-ROLL-5", 422, "同一业主在名册中分成了两行。", "One head stands in two rows.", "同一组业主的房屋须合为一行。", "Put all units of one set of owners into one row."),
    "holder-not-owner": _row("R-SIG-5", 422, "密钥 {key} 的持有人不是该行业主。", "The holder of key {key} is not an owner of that row.", *_CLERK),
    # a vote
    "roll-not-frozen": _row("R-ROLL-8", 422, "名册“{roll}”尚未定稿。", "The roll “{roll}” is not frozen.", "请先公示并定稿名册。", "Post and freeze the roll first."),
    "roll-superseded": _row("R-ROLL-8", 422, "该名册已由更新的名册“{last}”取代。", "A newer roll, “{last}”, has taken this one's place.", "请按最新定稿的名册公告。", "Notice the vote on the roll that was frozen last."),
    "roll-erased": _row("R-ROLL-8", 422, "名册“{roll}”已有内容依法删除，不能再据以计票。", "Something of the roll “{roll}” was erased: no vote on it could be counted.", "请另立新名册并说明理由。", "Make a new snapshot with its reason."),
    "form-not-offered": _row("R-BAL-7", 422, "目前不支持公告中的“{field}”。", "This edition does not offer the notice's “{field}”.", "请改用已支持的方式。", "Choose a form that is offered."),
    "clause-missing": _row("R-PRIV-3", 422, "公开记名表决须引用要求公开的条款。", "Open ballots of owners need the clause that demands them.", "请写明条款编号。", "Name the clause."),
    "item-twice": _row("R-BAL-7", 422, "表决事项编号重复。", "Two items have the same id.", "请更改编号。", "Give each its own id."),
    "window-backwards": _row("R-BAL-7", 422, "截止时间不晚于开始时间。", "The vote closes before it opens.", "请更正时间。", "Mend the times."),
    "notice-too-short": _row("R-MEET-2", 422, "公告距表决开始仅{days}天，须{needed}天（十五个整日）。", "The vote opens {days} days after the notice; {needed} are needed (fifteen clear days).", "请推迟开始时间并重新公告。", "Open later and notice again."),
    "notice-not-posted": _row("R-DIS-1", 422, "公告尚无张贴记录。", "No posting of the notice is recorded.", "请先张贴并由见证人确认。", "Post it and have the posting witness confirm."),
    "flags-unanswered": _row("R-ACT-DESPITE", 422, "本事项有尚未说明的程序提示，须逐一列明：{leaves}。", "Open flags of this matter must all be named: {leaves}.", "请由召集人说明理由，监督单位确认。", "Let the convener give the reason and a supervisor confirm it."),
    "flags-not-open": _row("R-ACT-DESPITE", 422, "所列程序提示不存在或已说明：{leaves}。", "These are no open flags of this matter: {leaves}.", *_AGAIN),
    "outside-window": _row("R-BAL-8", 422, "不在表决时间内。", "This is outside the hours of the vote.", "逾期的票不计入；请查看公告的时间。", "Late ballots do not count; see the hours in the notice."),
    "poll-not-open": _row("R-BAL-7", 409, "表决尚未开始。", "The vote has not been opened.", "请等待召集人宣布开始。", "Wait until the convener opens it."),
    "wrong-ballot-kind": _row("R-BAL-4", 422, "公告规定的不是这种选票。", "The notice prescribes another kind of ballot.", "请使用公告规定的选票。", "Use the ballot that the notice prescribes."),
    "ballots-too-many": _row("R-BAL-5", 422, "同一业主在一次表决中最多投票{most}次。", "A head casts at most {most} ballots in one vote.", "最后一次投票有效；如有胁迫或冒用，请立即联系监督单位。", "The last one stands; if somebody forces you or uses your key, tell a supervisor at once."),
    "item-unknown": _row("R-BAL-4", 422, "选票中有公告以外的事项：{items}。", "The ballot answers items that the notice does not have: {items}.", *_AGAIN),
    "choices-differ": _row("R-BAL-4", 422, "密封的选择与选票所列事项不一致。", "The sealed choices do not answer exactly the items listed.", *_AGAIN),
    "unopened-decide": _row("R-BAL-4", 422, "事项“{item}”尚有未开示的选票足以改变结果。", "Unopened ballots could change the outcome of item “{item}”.", "请先由业主重新开示，再核定结果。", "Have their owners open them before the result is certified."),
    "not-your-head": _row("R-BAL-5", 403, "签署密钥没有与该业主关联。", "The signing key is not bound to this head.", *_CLERK),
    "channel-not-offered": _row("R-BAL-7", 422, "公告没有规定“{channel}”这种投票渠道。", "The notice does not offer the channel “{channel}”.", "请按公告规定的渠道投票。", "Vote by a channel that the notice names."),
    "opens-nothing": _row("R-BAL-4", 422, "所开示的内容与该密封选票不符。", "What is shown does not open that sealed ballot.", "请使用投票时本人保存的回执和开示内容。", "Use the receipt and the opening that you kept when you voted."),
    # paper
    "form-wrong": _row("R-BAL-4", 422, "表决票{form}号不是本次表决发给该业主的。", "Form {form} was not issued to this head for this vote.", "请核对票号、业主和表决事项。", "Check the number on the form, the head and the vote."),
    "form-twice": _row("R-BAL-4", 422, "表决票{form}号在本页对同一事项录入了两次。", "Form {form} speaks twice on one item of this page.", "一张票对一个事项只录一次。", "Record each item of a form once."),
    "form-known": _row("R-BAL-4", 409, "表决票{form}号已经录入。", "Form {form} has been recorded already.", "录错的请办理更正；补发的票使用新的票号。", "Correct it if it was recorded wrongly; a form issued in its place has another number."),
    "form-not-named": _row("R-DIS-3", 422, "更正中的表决票{form}号没有列在更正范围内。", "Form {form} is not among those that this correction names.", *_CLERK),
    "form-not-there": _row("R-DIS-3", 422, "所指的页上没有有效的表决票{form}号。", "No standing form {form} is on the page that the correction is about.", "请核对页和票号。", "Check the page and the number."),
    "forms-differ": _row("R-BAL-4", 422, "复录的票号与原页不一致。", "The second keying names other forms than the page.", "请逐张复录该页的全部表决票；没有见到的票按“no-such-form”录入。", "Key every form of the page again; record one that is not there as “no-such-form”."),
    "observer-needed": _row("R-DIS-3", 422, "截止后的更正须有监票人在场见证。", "After closing a correction is a recount that an observer stands by.", "请注明监票人在场，并由监票人确认。", "Say that an observer stood by, and let the observer confirm."),
    "page-stands": _row("R-BAL-8", 422, "纸质代录页不能否决，只能由录入人在截止前撤回。", "A page of paper is never declined; only its author withdraws it, and only until closing time.", "请复录该页，没有见到的票按“no-such-form”录入，有误的另行更正。", "Key it again, a form that is not there as “no-such-form”, and correct what is wrong."),
    "other-confirmation": _row("R-ACT-AUTHORITY", 422, "该项须以“{kind}”复核。", "What is needed here is “{kind}”.", "请使用规定的复核方式。", "Confirm it in that way."),
    "poll-still-open": _row("R-BAL-8", 422, "表决尚未到截止时间。", "The vote has not reached its closing time.", "请在截止后办理。", "Close it after that time."),
    "root-differs": _row("R-BAL-8", 422, "台账在第{size}条时的根与所写不符。", "The root given is not that of the tree of size {size}.", *_AGAIN),
    "ballots-left-out": _row("R-BAL-8", 422, "截止范围漏掉了第{last}条选票。", "The size given leaves out the ballot at index {last}.", *_AGAIN),
    "figures-differ": _row("R-VOTE-8", 422, "“{field}”与由选票重新计算的结果不一致。", "“{field}” differs from what the ballots come to.", "请重新清点。", "Count again."),
    "verdict-differs": _row("R-VOTE-8", 422, "事项“{item}”的“{field}”与法定比例的结论不符。", "“{field}” of item “{item}” is not what the law makes of the figures.", "请重新清点。", "Count again."),
    "areas-differ": _row("R-VOTE-6", 422, "事项“{item}”中“{choice}”的面积与名册不符。", "The area for “{choice}” of item “{item}” differs from the roll.", "请重新清点。", "Count again."),
    "counted-root-differs": _row("R-EVID-1", 422, "计票明细的根与重新计算的不一致。", "The root of the counted rows is not what a recount gives.", "请重新清点。", "Count again."),
    "result-unknown": _row("R-MEET-5", 422, "所公告的不是经核定的结果。", "What is announced is not the certified result.", *_AGAIN),
    # --- refusals: assembly
    # owners' rights
    "not-contestable": _row("R-DIS-4", 422, "所指的不是目前可以提出异议的事项。", "What is named is nothing that can be objected to now.", "请选择正在公示的名册页、候选人或已核定的结果。", "Choose a page of a posted roll, a candidate or a certified result."),
    "objection-late": _row("R-DIS-4", 422, "异议期已于{last}届满。", "The time for objections ended on {last}.", "仍有疑问请向街道办事处或住房建设部门反映。", "Take it to the street office or the housing bureau."),
    "objection-other-roll": _row("R-DIS-4", 422, "该事项不涉及所写的名册。", "What is objected to does not concern the roll that is named.", "请以本次表决的名册提出。", "Object as an owner on the roll of this vote."),
    "objection-twice": _row("R-DIS-4", 409, "同一业主对同一事项只能提出一次异议。", "An owner objects to one act once.", "请查看已有异议的答复；逾期未答复可提交监督单位。", "See the answer to your objection; when it is overdue, take it to the supervisors."),
    "objection-not-due": _row("R-DIS-4", 422, "答复期限至{due}，尚未届满。", "The answer is due by {due}; that day is not over.", "请在期满后再提交监督单位。", "Take it to the supervisors when that day is over."),
    "objection-open": _row("R-DIS-4", 409, "尚有异议未答复：{ids}。", "Objections still wait for an answer: {ids}.", "请先逐一书面答复。", "Answer each of them first."),
    "roll-reason-missing": _row("R-ROLL-8", 422, "名册“{last}”已定稿，另立新名册须先说明理由。", "Roll “{last}” is frozen; a new one needs its reason first.", "请先登记名册更新理由。", "Record the reason for the new roll first."),
    "roll-reason-late": _row("R-ROLL-8", 409, "该名册已有登记的页，不能再补理由。", "The roll has pages already; its reason comes before them.", "请以新的编号另立名册。", "Begin a roll under another id."),
    "proxy-late": _row("R-BAL-9", 422, "表决已截止，不能再委托或撤销委托。", "The vote's closing time is past; no agent is named or dismissed any more.", "请查看公告的时间。", "See the hours in the notice."),
    "agent-unknown": _row("R-BAL-9", 422, "受托人 {person} 未在本台账登记。", "The agent {person} is not admitted to this ledger.", "请先为受托人登记密钥，或由业主本人投票。", "Have the agent's key admitted first, or vote yourself."),
    "agent-barred": _row("R-BAL-9", 403, "物业服务企业和建设单位的人员不得代理业主投票。", "Nobody of the service enterprise or the developer votes for an owner.", "请委托其他人。", "Name somebody else."),
    "agent-candidate": _row("R-BAL-9", 403, "候选人不得在其参选的表决中代理他人投票。", "A candidate does not vote for others in the election in which they stand.", "请委托其他人。", "Name somebody else."),
    "agent-is-owner": _row("R-BAL-9", 422, "受托人本来就可以为该业主投票。", "The agent can vote for this head anyway.", "无须委托，请直接投票。", "No agent is needed: vote directly."),
    "agent-full": _row("R-BAL-9", 422, "一名受托人在一次表决中最多代理{most}名业主。", "One agent stands for at most {most} heads in one vote.", "请委托其他人。", "Name somebody else."),
    "served-already": _row("R-BAL-3", 409, "业主 {tag} 已有有效送达记录，或在本页重复。", "Head {tag} has been served already, or stands twice on this page.", "请查看已有的送达记录。", "See the record there is."),
    "served-day-wrong": _row("R-BAL-3", 422, "送达日期{day}不在公告日{first}与登记日{last}之间。", "The day of service, {day}, does not lie between the notice on {first} and the record on {last}.", *_CLERK),
    "requests-too-many": _row("R-SZ-2", 422, "同一业主在同一名册上最多发起{most}次联名。", "A head opens at most {most} requests on one roll.", "请联署已有的联名，或请其他业主发起。", "Sign a request that there is, or ask another owner to open one."),
    "request-below-threshold": _row("R-SZ-2", 422, "联名未达到规定比例：达到的是“{found}”，须达到“{demanded}”。", "The signatures do not reach the share: reached is “{found}”, demanded is “{demanded}”.", "请继续征集签名后再核实。", "Collect more signatures, then verify again."),
    "request-limb-differs": _row("R-MEET-1", 422, "所写的达标口径与数字不符，应为“{found}”。", "The count by which the share is reached does not follow from the figures; it is “{found}”.", "请更正后重新核实。", "Mend it and verify again."),
    "group-request-wrong": _row("R-PREP-2", 422, "筹备组须依据一项已核实且未使用的成立请求；换届小组不依据请求。", "A preparatory group rests on a verified request that has not been used; a re-election group on none.", "请先核实业主的书面请求。", "Verify the owners' written request first."),
    "group-member-twice": _row("R-PREP-3", 422, "小组成员重复。", "A member of the group is named twice.", "每人只列一次。", "Name each person once."),
    "group-side-wrong": _row("R-PREP-3", 422, "成员 {person} 不属于所写的一方“{side}”。", "Member {person} does not belong to the side “{side}”.", *_CLERK),
    "group-even": _row("R-PREP-3", 422, "小组成员为{members}人，须为单数。", "The group has {members} members; their number must be odd.", "请增减一人。", "Add or leave out one person."),
    "group-owners-few": _row("R-PREP-3", 422, "{members}名成员中业主代表只有{owners}名，须不少于半数。", "Of {members} members only {owners} are owners; they must be at least half.", "请增加业主代表。", "Add representatives of the owners."),
    "group-leader-wrong": _row("R-PREP-3", 422, "组长须是街道办事处在任的代表，并列为成员。", "The leader must be a member from the street office who holds its post.", "请由街道办事处的代表担任组长。", "Let the street office's representative lead."),
    "row-misplaced": _row("R-ACT-AUTHORITY", 422, "第{form}号记录与本页不符：选票与其他事项不能同页，且须写明同一业主。", "Row {form} does not belong on this page: ballots and other acts never share one, and a row is of the owner it names.", *_CLERK),
    "row-misnumbered": _row("R-FORM-BODY", 422, "本页各行须依次编为1、2、3……。", "The rows of this page are numbered 1, 2, 3 … in their order.", "请重新编号。", "Number them again."),
    # counting
    "scope-reserved": _row("R-ROLL-9", 422, "“estate”指整个小区，不能另行界定。", "“estate” is the whole estate and is not defined again.", "请为这一范围另取编号。", "Give this part of the estate another id."),
    "scope-differs": _row("R-ROLL-9", 422, "表决范围的“{field}”与名册中这些房屋不符。", "The scope's “{field}” is not what the roll gives for these units.", *_CLERK),
    "scope-unknown": _row("R-ROLL-9", 422, "名册上没有界定“{scope}”这一表决范围。", "No scope “{scope}” is defined on this roll.", "请先界定该楼栋或单元的表决范围，并由监督单位确认。", "Define that building or stack on the roll first, and let a supervisor confirm it."),
    "item-out-of-scope": _row("R-ROLL-9", 422, "事项“{items}”只由部分楼栋的业主表决，该业主不在其中。", "“{items}” is decided by the owners of a part of the estate only, and this head is not one of them.", "请只填写与本户有关的事项。", "Answer only the items that concern your home."),
    "silence-unwarned": _row("R-BAL-3", 422, "本次表决对未表态者有规定，但没有告知业主不投票的后果。", "This vote counts those who stay silent, and owners have not been told what silence means.", "请先公布告知文字，由监督单位确认，再开始表决。", "Publish the warning and have a supervisor confirm it, then open the vote."),
    "silence-not-counted": _row("R-BAL-3", 422, "本次表决不推定未表态者的意见，不得作此告知。", "This vote deems nobody to have said anything; such a warning would mislead.", "请删去该告知。", "Do without the warning."),
    "poll-extended-twice": _row("R-BAL-7", 409, "本次表决已经延期一次。", "This vote has been put off once already.", "不能再次延期；到期后请按现有选票计票。", "It is not put off again; count what was returned by then."),
    "extension-too-long": _row("R-BAL-7", 422, "延期最长{days}天。", "A vote is put off by at most {days} days.", "请缩短延期。", "Choose an earlier closing time."),
    "extension-not-posted": _row("R-BAL-7", 422, "延期之后没有重新张贴公告的记录。", "No posting of the notice is recorded since the vote was put off.", "请张贴延期公告并由见证人确认，再核定结果。", "Post the new notice and have the witness confirm it, then certify the result."),
    "postings-used-up": _row("R-BAL-7", 422, "本次表决的{most}个张贴编号已用完，延期公告无法登记。", "All {most} numbers for postings of this vote are used: no new notice could be recorded.", "请按原定时间截止；确需更长时间的，请撤回后重新公告。", "Close at the hour that was noticed, or withdraw the vote and notice it again."),
    "outage-backwards": _row("R-BAL-7", 422, "中断的起止时间有误，或中断尚未结束。", "The outage ends before it begins, or has not ended yet.", "请在恢复之后填写实际起止时间。", "Report it when it is over, with the times at which it began and ended."),
    "outages-too-many": _row("R-BAL-7", 422, "一次表决最多登记{most}次中断。", "At most {most} outages are reported of one vote.", "请把相连的中断并为一次登记；如台账长期不可用，请撤回后重新公告。", "Report outages that follow on each other as one; where the ledger stays out of reach, withdraw the vote and notice it again."),
    "wrong-result-kind": _row("R-BAL-3", 422, "本次表决的结果应以“{kind}”核定。", "The result of this vote is certified by “{kind}”.", "分范围表决或推定未表态者意见的，须同时列出各事项的业主总数和推定前后的结果。", "Where a part of the estate decides or silence is counted, the result shows each electorate and both tallies."),
    "objection-not-upheld": _row("R-BAL-5", 422, "异议“{objection}”没有被认定成立，或针对的不是现有结果。", "Objection “{objection}” was not upheld, or is not to the result that stands.", "只有异议成立的，才重新计票。", "A result is counted again only where an objection to it was upheld."),
    # --- refusals: elections
    "seat-by-election-only": _row("R-COM-1", 403, "业委会的召集资格只能由委员推选产生，不能任命。", "Who convenes for the committee is elected by its members and appointed by nobody.", "请由委员推选主任。", "Let the members elect a chair."),
    "seats-out-of-range": _row("R-COM-1", 422, "委员人数须为{least}至{most}人的单数。", "A committee has {least} to {most} members, an odd number.", "请更正席位数。", "Mend the number of seats."),
    "term-out-of-range": _row("R-COM-1", 422, "任期不得超过{most}年；补选不另定任期。", "A term is at most {most} years; a by-election has none of its own.", "请更正任期。", "Mend the term."),
    "committee-there": _row("R-COM-13", 422, "本小区已有业委会，应办理换届或补选。", "There is a committee already: hold a re-election or a by-election.", "请改为换届或补选。", "Begin an election of that kind."),
    "committee-unknown": _row("R-COM-13", 422, "没有该业委会。", "There is no such committee.", "请核对选举编号；首次成立请办理首次选举。", "Check the election's id; where there was no committee, hold a first election."),
    "no-vacancy": _row("R-COM-12", 422, "空缺席位为{vacant}个，不足以补选或递补。", "There are {vacant} vacant seats, too few for this.", "请核对空缺席位。", "Check how many seats are vacant."),
    "term-over": _row("R-COM-13", 422, "业委会任期已于{end}届满，只能办理换届和移交。", "The committee's term ended on {end}; only re-election and handover are left.", "请由街道办事处或换届小组组织换届。", "Let the street office or a re-election group organise the re-election."),
    "nomination-over": _row("R-COM-3", 422, "提名已于{to}截止。", "Nominations ended on {to}.", "请向召集人核对提名期限。", "Ask the convener about the time for nominations."),
    "nomination-open": _row("R-COM-3", 422, "提名至{to}截止，此前不能确定候选人。", "Nominations run until {to}; candidates are not final before.", "请在提名截止后办理。", "Wait until nominations have ended."),
    "nomination-head": _row("R-COM-3", 422, "自荐或业主推荐须写明业主标识，党组织推荐不写。", "A nomination by owners names their head, one by the Party branch names none.", "请更正提名。", "Mend the nomination."),
    "nominations-too-many": _row("R-COM-3", 422, "同一业主或党组织最多提名{most}人。", "One head, or the Party branch, nominates at most {most} people.", "提名人数以席位数与候补名额之和为限。", "It is as many as there are seats and alternates."),
    "nominated-twice": _row("R-COM-3", 409, "此人在本次选举中已被提名。", "This person is nominated in this election already.", "无须再次提名。", "Nothing needs to be done."),
    "sits-already": _row("R-COM-12", 422, "此人已是现任委员，不能再补选。", "This person sits on the committee already and cannot fill another seat.", "请另提人选。", "Nominate somebody else."),
    "consent-missing": _row("R-PRIV-3", 422, "候选人没有同意公开其简介。", "The candidate has not consented to the profile being shown.", "请先取得候选人本人的书面同意。", "Ask the candidate for consent in writing first."),
    "checked-already": _row("R-SZ-7", 409, "该候选人已经审查；异议成立后方可重新审查。", "This candidate has been checked; again only after an objection was upheld.", "候选人可对审查结论提出异议。", "The candidate may object to the finding."),
    "candidate-unchecked": _row("R-COM-3", 422, "尚未审查资格的候选人：{candidates}。", "These candidates have not been checked yet: {candidates}.", "请逐一审查后再确定候选人。", "Check each of them first."),
    "candidates-differ": _row("R-COM-4", 422, "所列候选人不是全部合格候选人，或多列了他人。", "The candidates are not exactly those that qualified for this round.", "请列出全部合格的候选人，不增不减。", "List all who qualified, nobody less and nobody more."),
    "candidates-not-posted": _row("R-SZ-7", 422, "候选人名单没有完整公示，或公示尚未期满。", "No posting of all these candidates is over.", "请公示全部候选人，期满后再确定。", "Post the whole list and wait until the posting is over."),
    "vote-noticed": _row("R-COM-4", 409, "本轮选举的表决已经公告：{poll}。", "The vote of this round has been noticed: {poll}.", "每轮选举只表决一次。", "A round has one vote."),
    "recall-of-nobody": _row("R-COM-10", 422, "所列罢免事项不是针对现任委员：{items}。", "These items recall nobody who sits on the committee: {items}.", "请核对委员的候选人编号。", "Check the ids under which the members were elected."),
    "counter-is-candidate": _row("R-BAL-9", 403, "候选人或被罢免人不得经办、计票、监票或审查与自己有关的选举。", "Nobody records, counts, observes or checks an election in which they stand or are recalled.", "请由其他任职者办理。", "Let another holder of the post do it."),
    "not-its-vote": _row("R-COM-4", 422, "所列表决不是本轮选举的表决。", "This is not the vote that was noticed for this round.", "请核对表决编号。", "Check the vote's id."),
    "result-not-announced": _row("R-MEET-5", 409, "表决结果尚未核定并公告，或已被撤销。", "The vote's result is not certified and announced, or was annulled.", "请先公告结果。", "Announce the result first."),
    "committee-moved": _row("R-COM-13", 409, "本次选举启动后，业委会已经更替。", "Another committee was seated since this election was begun.", "本次选举不再有效，请按现任业委会另行启动。", "This election leads nowhere any more; begin one for the committee there is now."),
    "declaration-differs": _row("R-COM-4", 422, "“{field}”与表决结果得出的名单不一致。", "“{field}” is not what the vote's figures come to.", "请按得票人数和面积重新排列。", "Rank them again by heads and area."),
    "not-a-member": _row("R-COM-1", 422, "人员 {person} 不是现任委员。", "Person {person} does not sit on the committee.", "主任、副主任从委员中推选；党组织推荐的人选须先当选委员。", "Officers are elected from the members; whoever is recommended must have been elected first."),
    "officer-twice": _row("R-COM-1", 422, "主任不能同时担任副主任。", "The chair is no deputy.", "请更正人选。", "Name somebody else."),
    "signers-too-few": _row("R-COM-1", 422, "{signers}名委员签署，未超过现任{members}名委员的半数。", "Only {signers} of {members} members in office sign; more than half must.", "请由更多委员签署。", "Let more members sign."),
    "seat-day-ahead": _row("R-COM-10", 422, "终止日期尚未到来。", "The day on which the seat ends has not come.", "请在当日或之后登记。", "Record it on that day or later."),
    "recall-unfounded": _row("R-COM-10", 422, "没有已公告的表决通过对该委员的罢免，或理由与所列表决不符。", "No announced vote passed the recall of this member, or the reason does not go with a vote.", "罢免须由业主共同决定；其他理由不列表决。", "Owners recall members by a vote; other reasons name none."),
    "not-next-alternate": _row("R-COM-12", 422, "候补委员须按得票顺序递补。", "Alternates are seated in the order of their rank.", "请由排名在前的候补委员先递补，或先登记其放弃。", "Seat the one before, or record first that they resign."),
    # --- refusals: committee
    "no-committee": _row("R-COM-1", 422, "{day}没有在任的业主委员会。", "There is no owners' committee in office on {day}.", "请先选举业主委员会，或登记已有的业主委员会。", "Elect a committee first, or record the one there is."),
    "meetings-asked": _row("R-COM-6", 422, "您已提议{most}次会议，尚未召开。", "You have asked for {most} meetings, and none was called yet.", "请与其他委员共同提议同一次会议。", "Ask for the same meeting as other members do."),
    "chair-first": _row("R-COM-6", 422, "应由业主委员会主任召集会议；主任到期仍未召集时，才由街道办事处指定委员召集。", "The chair calls the meeting; the street office has a member call it only when the chair has not done so in time.", "请由三分之一以上委员先提议召开会议。", "Let a third of the members ask for a meeting first."),
    "agenda-too-late": _row("R-COM-7", 422, "会议议程提前{days}天公布，须提前{needed}天。", "The agenda is given {days} days before the meeting; {needed} are needed.", "请推迟会议。", "Hold the meeting later."),
    "reserved-to-owners": _row("R-COM-16", 422, "议题“{item}”须由业主共同决定，业主委员会无权决定。", "Item “{item}” is for the owners to decide together, not for the committee.", "请召集业主大会表决；业主委员会可以决定是否召集。", "Put it to a vote of the owners; the committee may decide to call one."),
    "not-in-office": _row("R-COM-8", 422, "人员 {person} 在{day}不是在任委员。", "Person {person} is not a member in office on {day}.", "空缺的席位不计为委员；请核对任期。", "A vacant seat is no member; check who is in office."),
    "no-proxy": _row("R-COM-8", 403, "委员不能代其他委员表决。", "A member cannot vote for another member.", "请由委员本人表决；不能到会的视为缺席。", "Let the member vote in person; whoever cannot come is absent."),
    "not-on-agenda": _row("R-COM-7", 422, "表决中有议程以外的议题：{items}。", "The vote answers items that are not on the agenda: {items}.", "请按已公布的议程表决；其他议题另行召开会议。", "Vote on the agenda that was given; other items need another meeting."),
    "meeting-not-begun": _row("R-COM-7", 422, "会议尚未开始。", "The meeting has not begun.", "请等到通知所定的时间。", "Wait for the time that was given."),
    "meeting-not-over": _row("R-COM-8", 422, "到会委员尚未过半数，会议当日还不能完成会议记录。", "Not more than half of the members have come; the minutes wait until the meeting's day is over.", "请等待其他委员表决；当日仍不足的，次日再记录。", "Wait for the others to vote; if they do not, write the minutes on the next day."),
    "minutes-waiting": _row("R-COM-7", 409, "会议记录正在等待另一位委员确认，暂不能表决。", "The minutes wait for another member's confirmation; votes stand as they are.", "记录如有遗漏，请由委员不予确认，再行表决。", "If the minutes miss something, let a member decline them, and vote then."),
    "minutes-differ": _row("R-COM-8", 422, "会议记录中的“{field}”与委员签名的表决不一致。", "“{field}” of the minutes is not what the members' signed votes come to.", "请按签名的表决重新整理会议记录。", "Write the minutes again from the signed votes."),
    "member-twice": _row("R-COM-8", 422, "人员 {person} 在会议记录中被计算了两次。", "Person {person} is counted twice in the minutes.", "一人对一个议题只计一次，列席人员不是委员。", "One person counts once on each item, and an observer is no member."),
    "presence-unproved": _row("R-COM-7", 422, "人员 {person} 既没有签名表决，也没有在会议记录上签字。", "Person {person} neither signed a vote nor signed the minutes by hand.", "请由到会委员签名表决，或在纸质记录上签字后附上扫描件。", "Let the member sign a vote, or sign the paper minutes and add a scan."),
    "observer-not-invited": _row("R-COM-7", 422, "人员 {person} 不在会议通知的列席名单中。", "Person {person} was not invited to this meeting with its agenda.", "列席人员须随议程一并邀请；请从列席名单中去掉。", "Observers are invited with the agenda; leave the person out."),
    # --- refusals: joining
    "no-assembly": _row("R-SRC-1", 422, "本区域类别为“{class}”，没有业主大会，不能办理此事。", "This area is classed “{class}” and has no owners' assembly.", "请由街道办事处核对小区类别。", "Ask the street office about the area's class."),
    "carried-twice": _row("R-ACT-STAGE", 409, "“{subject}”已经办理期初登记。", "“{subject}” has been carried over already.", "如登记有误，请在台账中如实说明。", "If it was wrong, say so by an act of its own."),
    "carried-too-late": _row("R-ACT-STAGE", 409, "本台账已有该事项的记录，不能再作期初登记。", "This ledger has acts of that subject already; it is carried over no more.", "请按正常程序办理。", "Take the ordinary way."),
    "carried-figures": _row("R-ACT-STAGE", 422, "期初登记的“{field}”前后不一致。", "“{field}” of what is carried over does not fit the rest.", "请对照原始文件更正。", "Mend it by the documents."),
    # keys and posts
    "not-on-page": _row("R-SIG-5", 422, "密钥 {key} 不在“{page}”这一页登记的密钥之列。", "Key {key} was not admitted by page “{page}”.", "请核对页号和密钥。", "Check the page and the key."),
    "call-inconsistent": _row("R-SIG-5", 422, "否认的人须是接通的人，接通的人须是拨打过的人。", "Whoever denied was reached, and whoever was reached was asked.", "请更正名单。", "Mend the lists."),
    "sample-incomplete": _row("R-SIG-5", 422, "抽样应回访的人中还有{missing}人没有问到。", "Of those whom the sample names, {missing} have not been asked.", "请按 liuchi keys sample 列出的名单补充回访。", "Ring everybody whom liuchi keys sample lists, and report again."),
    "key-denied": _row("R-SIG-5", 422, "有{count}人否认登记过自己的密钥。", "Of those who were reached, {count} deny that the key is theirs.", "请立即由监督单位注销这些密钥，并查明经过。", "Let supervisors revoke these keys at once and find out how they came in."),
    "term-not-shorter": _row("R-ACT-AUTHORITY", 422, "该岗位的任期本来就到{to}为止。", "The term of this post ends on {to} anyway.", "如需延长，请重新任命。", "To make it longer, give the post again."),
    "supervisors-stand": _row("R-ACT-AUTHORITY", 409, "仍有{orgs}个单位的监督人在任且密钥有效，不能由上级单位单方补任。", "Supervisors of {orgs} organisations are in office with active keys; the parent authority cannot fill the post over their heads.", "请按通常程序任命并由另一单位的监督人复核。", "Give the post in the usual way, confirmed by a supervisor of another organisation."),
    "silence-not-over": _row("R-ACT-AUTHORITY", 422, "仅余的监督人还有反对的时间：须满{needed}天，现为{days}天。", "The last supervisor may still decline: {needed} days must pass, {days} have.", "请在期满后再复核。", "Confirm it when they are over."),
    # rules of reports: flags
    "backdated": _row("R-TIME-4", 422, "所称日期比登记早{days}天，超过{tolerance}天。", "The day claimed is {days} days before the record; {tolerance} are tolerated.", "期限自登记日起算；如有证据请附上。", "The period runs from the recorded day; add the evidence there is."),
    "posted-late": _row("R-MEET-2", 422, "公告张贴距表决开始仅{days}天，须{needed}天。", "The notice hung only {days} days before opening; {needed} are needed.", "宜推迟表决；坚持举行须由召集人说明、监督单位确认。", "Postpone the vote, or let convener and supervisor sign the reason for going on."),
    "posted-gap-day": _row("R-TIME-2", 422, "按宽松算法满{days}天，按十五个整日的严格算法尚差一天。", "By the lenient reading {days} days, by fifteen clear days one short.", "宜推迟一天。", "Better to open a day later."),
    "removed-early": _row("R-DIS-2", 422, "公告只张贴{days}天，须{needed}天。", "The notice hung for {days} days; {needed} are needed.", "请补足张贴期。", "Post it for the full period."),
    "announced-late": _row("R-MEET-5", 422, "结果应于{due}前公告，实际为{day}。", "The result was due by {due} and announced on {day}.", "请说明原因。", "Give the reason."),
    # --- flags: assembly
    # counting
    "late-by-outage": _row("R-BAL-7", 422, "所报台账中断{minutes}分钟（其间仍登记了{ballots}名业主的电子票），表决共顺延{grace}分钟。", "The ledger is said to have been out of reach for {minutes} minutes (ballots of {ballots} heads were recorded meanwhile); the vote is kept open for {grace} minutes more in all.", "请由召集人说明情况，监督单位核实后确认，再核定结果。", "Let the convener explain it and a supervisor check and confirm it before the result is certified."),
    "external-figures-differ": _row("R-BAL-2", 422, "所报数字“{field}”前后不符。", "The figures reported do not add up: “{field}”.", "请对照原始记录核对。", "Check them against the original record."),
    "external-verdict-differs": _row("R-VOTE-8", 422, "所报结论与当时的法律（{law}）按所报数字得出的结论不同。", "The outcome reported is not what the law of that day ({law}) makes of the figures.", "请对照原始记录核对；必要时请主管部门认定。", "Check it against the original record; if need be, ask the authority."),
    # --- flags: elections
    "candidates-posted-short": _row("R-DIS-2", 422, "候选人名单只公示{days}天，须{needed}天。", "The candidates were posted for {days} days; {needed} are needed.", "请补足公示期。", "Post the list for the full period."),
    "candidates-left-out": _row("R-SZ-7", 422, "公示名单与审查合格的候选人不一致。", "The list posted is not that of the candidates who qualified.", "请更正名单并重新公示。", "Mend the list and post it again."),
    "filed-late": _row("R-COM-5", 422, "备案应于{due}前办理，实际为{day}。", "The election was to be filed by {due} and was on {day}.", "请说明原因；逾期备案不影响选举效力。", "Give the reason; the election is valid all the same."),
    "handover-late": _row("R-COM-11", 422, "移交应于{due}前完成，实际为{day}。", "The handover was due by {due} and took place on {day}.", "请尽快移交；拒不移交的可请求公安机关协助。", "Hand it over now; the police may be asked to help."),
    # --- flags: committee
    "decision-posted-late": _row("R-COM-7", 422, "业主委员会的决定应于{due}前公告，实际为{day}。", "The committee's decision was due to be posted by {due} and was posted on {day}.", "请说明原因。", "Give the reason."),
    "seal-without-decision": _row("R-COM-14", 422, "{day}用印时没有可依据的已通过决定。", "On {day} no passed decision stood behind this use of the seal.", "请补充所依据的决定，或说明用印的理由。", "Name the decision that it rests on, or explain why the seal was used."),
    "seal-after-term": _row("R-COM-13", 422, "{day}用印时没有在任的业主委员会。", "On {day} no committee was in office to use the seal.", "任期届满后印章应当移交；请向街道办事处说明。", "After the term the seal is handed over; explain this to the street office."),
    # erasure
    "erasure-entry-unknown": _row("R-PRIV-2", 422, "第{index}条不是所针对的条目。", "Entry {index} is not the one that the act is about.", *_AGAIN),
    "erasure-not-sealed": _row("R-PRIV-2", 422, "该条目没有密封“{name}”，或摘要不属于它，或重复列出。", "The entry seals no “{name}”, not under this digest, or it is named twice.", *_AGAIN),
    "erasure-misnamed": _row("R-PRIV-2", 422, "该摘要所密封的不是“{name}”。", "What this digest seals is not “{name}”.", "请用 liuchi act --read 核对名称与摘要。", "Check names and digests with liuchi act --read."),
    "erasure-done": _row("R-PRIV-2", 409, "“{name}”已经删除。", "“{name}” has been erased already.", "无须再次删除。", "Nothing needs to be done."),
    "erasure-pending": _row("R-PRIV-2", 409, "该条目尚待复核，其密封内容仍须使用。", "The entry still waits for confirmation; what it seals is needed until then.", "请先完成、否决或撤回该行为。", "Complete, decline or withdraw that act first."),
    "erasure-undecided": _row("R-PRIV-2", 409, "表决“{poll}”尚未核定结果，其选票、名册和文字不得删除。", "Vote “{poll}” has no certified result yet; its ballots, roll rows and texts stay.", "请在结果核定后再办理。", "Ask again after the result is certified."),
    "erasure-retained": _row("R-DIS-7", 422, "“{name}”依规定须保存至{until}。", "“{name}” must be kept until {until}.", "在此之前可停止使用。", "Until then it can be put out of use."),
    "erasure-of-record": _row("R-DIS-7", 422, "“{name}”属于永久保存的公开内容，仅在公开违法时可以删除；候选人简介在其不再参选、任职后，可因本人撤回同意而删除。", "“{name}” was published and is kept for good, unless publishing it was unlawful; a candidate's profile goes with the consent once the person neither stands nor sits.", "如误公开个人信息，请以“unlawful”为依据办理。", "If personal data was published by mistake, use the basis “unlawful”."),
    "erasure-key-active": _row("R-SIG-5", 422, "密钥 {key} 仍有效，其持有人信息不得删除。", "Key {key} is active; whose it is must stay known.", "请先注销该密钥。", "Have the key revoked first."),
    "erasure-backups-long": _row("R-PRIV-2", 422, "密钥备份最迟保留至{most}。", "A backup of data keys may exist until {most} at the latest.", "请填写更早的日期，并按期销毁备份。", "Name an earlier day, and destroy the backups by then."),
}  # fmt: skip


class Refused(Exception):  # a rule says no: the field's word
    """A rule says no. `code` finds the row; `detail` fills its sentence."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail

    @property
    def row(self) -> Refusal:
        return REFUSALS[self.code]

    @property
    def rule(self) -> str:
        return self.row.rule

    def sentence(self, lang: str = "en") -> str:
        """What happened, in `zh` or `en`."""
        if lang == "en":
            return self.row.sentence[1].format(**self.detail)
        return self.row.sentence[0].format(**{name: spoken(name, value) for name, value in self.detail.items()})

    def remedy(self, lang: str = "en") -> str:
        """What to do, in `zh` or `en`."""
        return self.row.remedy[lang == "en"].format(**self.detail)

    def __str__(self) -> str:
        return f"{self.code} ({self.rule}): {self.sentence()}"
