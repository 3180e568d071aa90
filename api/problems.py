"""Refusals and errors as problem+json (RFC 9457), in the reader's language; a browser that asks for a page gets it as a page.

A refusal of the rules keeps its row of `domain.errors`; what only happens on the way to the ledger has its row here.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from eventsourcing.persistence import PersistenceError
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.negotiation import HTML, JSON, language, media, page_language
from api.rendering import page
from api.security import HEADERS
from domain.errors import REFUSALS, Refusal, Refused
from ledger.store import StoreFailed

NOT_PAGES: Final = ("/api/", "/log/", "/static/", "/healthz", "/readyz", "/metrics")


def _row(status: int, zh: str, en: str, zh_remedy: str, en_remedy: str) -> Refusal:
    return Refusal(f"R-HTTP-{status}", status, (zh, en), (zh_remedy, en_remedy))


_ADDRESS = ("请核对网址。", "Check the address.")
_NEW_LETTER = ("请打信上的电话，换一封新的；不登记密钥也可以用纸质票表决。",
               "Ring the number on it for a new one; you can vote on paper without a key.")  # fmt: skip
_FORMS = ("格式见 /api/v1/docs。", "See /api/v1/docs for the form.")

FAULTS: Final[Mapping[str, Refusal]] = {
    "address-unknown": _row(
        404, "没有这个网址。", "There is nothing at this address.", *_ADDRESS),
    "ledger-unknown": _row(
        404, "这里没有编号为“{ledger}”的台账。", "There is no ledger “{ledger}” here.", "请核对台账编号。", "Check the ledger's code."),
    "entry-unknown": _row(
        404, "查无此条：台账“{ledger}”没有第{index}条。", "No such entry: ledger “{ledger}” has no number {index}.",
        "请核对记录编号；最新条数见台账页。", "Check the number; the ledger's page says how many entries there are."),
    "poll-unknown": _row(
        404, "台账“{ledger}”没有编号为“{poll}”的表决。", "Ledger “{ledger}” has no vote “{poll}”.",
        "请核对表决编号。", "Check the vote's id."),
    "election-unknown": _row(
        404, "台账“{ledger}”没有编号为“{election}”的选举。", "Ledger “{ledger}” has no election “{election}”.",
        "请核对选举编号。", "Check the election's id."),
    "meeting-unknown": _row(
        404, "台账“{ledger}”没有编号为“{meeting}”的业主委员会会议。", "Ledger “{ledger}” has no committee meeting “{meeting}”.",
        "请核对会议编号。", "Check the meeting's id."),
    "request-unknown": _row(
        404, "台账“{ledger}”没有编号为“{request}”的业主联名。", "Ledger “{ledger}” has no request of owners “{request}”.",
        "请核对联名编号。", "Check the request's id."),
    "form-unknown": _row(
        404, "表决“{poll}”没有发过{form}号表决票。", "No form {form} was issued for vote “{poll}”.",
        "请核对存根上的票号。", "Check the number on the stub."),
    "page-unknown": _row(
        404, "这次表决没有这一页纸质代录。", "This vote has no such page of paper.", "请从经办台重新进入。", "Go there from the desk."),
    "stub-wrong": _row(
        403, "查询码不对。", "That is not the code of this form's stub.", "请对照存根再输一次。", "Compare it with the stub."),
    "key-not-admitted": _row(
        404, "台账“{ledger}”没有登记过这把密钥。", "Ledger “{ledger}” never admitted this key.",
        "请凭业主信件登记密钥，或填写纸质票。", "Have the key admitted by your letter, or vote on paper."),
    "rows-unavailable": _row(
        404, "还没有结果，或所计的密封内容已删除，给不出计票明细。",
        "There is no result yet, or what it counted was erased: no rows can be given.",
        "结果核定后再来；此前下载的文件仍然有效。", "Come back after the result; files that were handed out before stay good."),
    "letter-wrong": _row(
        403, "信函编号或验证码不对。", "That is no letter's number and code.",
        "请对照信函再输一次；输错五次，这封信就不能再用。", "Compare them with the letter; after five wrong tries it opens nothing more."),
    "letter-locked": _row(
        423, "这封信已输错五次，不能再用。", "This letter was tried wrongly five times and opens nothing more.",
        *_NEW_LETTER),
    "letter-over": _row(
        410, "这封信已过期或已作废。", "This letter is past its day, or another took its place.",
        *_NEW_LETTER),
    "letter-used": _row(
        409, "这封信已经用来登记过另一个密钥。", "Another key has come with this letter already.",
        "如果不是您本人登记的，请马上打信上的电话。", "If that was not you, ring the number on the letter at once."),
    "too-many-tries": _row(
        429, "从这里输错的次数太多。", "There were too many wrong tries from here.", "请一小时后再试。", "Try again in an hour."),
    "key-unproved": _row(
        422, "这个密钥不能登记：不合格，或没有证明在您手中。",
        "This key cannot be admitted: it is weak, or was not shown to be in your hands.",
        "请在本人的手机上重新创建。", "Make it again on your own phone."),
    "key-there": _row(
        409, "这个密钥在台账上登记过，不能再次登记。", "This key was admitted before and cannot be again.",
        "请生成新的密钥。", "Make a new one."),
    "head-unknown-here": _row(
        404, "名册“{snapshot}”没有这个业主标识。", "Roll “{snapshot}” has no head with this tag.",
        "请核对名册和标识。", "Check roll and tag."),
    "document-unknown": _row(
        404, "没有这个文件，或者它不供您查阅。", "There is no such document, or it is not yours to read.",
        "请核对文件的哈希；受限文件请先登录。", "Check the hash; a restricted document needs a session."),
    "document-differs": _row(
        422, "文件的哈希与网址所写不符。", "The bytes do not hash to the name in the address.",
        "请用 SHA-256 重新计算。", "Compute the SHA-256 again."),
    "documents-full": _row(
        507, "尚未被任何记录引用的文件过多。", "Too many documents wait for an act that names them.",
        "请先登记引用它们的行为，或明日再试。", "Record the acts that name them, or try again tomorrow."),
    "session-needed": _row(
        401, "此内容须登录查阅，或登录已失效。", "This needs a session, or yours has ended.",
        "请用本人的密钥登录。", "Open a session with your own key."),
    "session-refused": _row(
        403, "登录未被接受。", "The session was refused.",
        "请取得新的随机数，用已登记且有效的密钥签署后重试。", "Get a new challenge and sign it with a key that is admitted and active."),
    "host-unknown": _row(
        421, "“{host}”不是本台账的网址，不能在这里登录。", "“{host}” is no address of this ledger: no session is opened there.",
        "请从台账自己的网址登录；确为本站网址的，请管理员用 liuchi serve --host-name 写明。",
        "Open the session at the ledger's own address; if this is one, its operator names it by liuchi serve --host-name."),
    "file-unknown": _row(
        404, "台账没有这个文件：路径有误，或尚未生成。", "The log has no such file: the path is wrong, or not written yet.",
        "路径规则见 docs/spec/tree.md。", "See docs/spec/tree.md for the paths."),
    "problem-unknown": _row(
        404, "没有名为“{name}”的提示。", "There is no problem named “{name}”.", *_ADDRESS),
    "method-not-allowed": _row(
        405, "此网址不接受这种请求。", "This address does not take that method.", "可用的方法见 Allow。", "See Allow for those it takes."),
    "batch-too-large": _row(
        413, "一批最多{most}件。", "A batch holds at most {most} submissions.", "请分批提交。", "Send several batches."),
    "body-too-large": _row(
        413, "请求超过{most}字节。", "The body is larger than {most} bytes.", "请分成几次提交。", "Send it in several parts."),
    "media-type-unsupported": _row(
        415, "请求的类型应为 {expected}。", "The body's type must be {expected}.", *_FORMS),
    "request-malformed": _row(
        422, "请求不符合格式：{why}。", "The request is malformed: {why}.", *_FORMS),
    "request-refused": _row(
        400, "无法处理这个请求。", "This request cannot be handled.", *_FORMS),
    "not-ready": _row(
        503, "台账的存储暂时无法读取。", "The ledger's store cannot be read at the moment.", "请稍后再试。", "Try again later."),
    "internal": _row(
        500, "系统出错，此事已记录。", "Something went wrong here; it was logged.",
        "请稍后再试；重复提交同一声明不会重复登记。", "Try again later; the same statement is never recorded twice."),
}  # fmt: skip
ROWS: Final[Mapping[str, Refusal]] = {**REFUSALS, **FAULTS}
_BY_STATUS: Final = {404: "address-unknown", 405: "method-not-allowed"}

_TEXTS: Final = {name: {"type": "string"} for name in ("type", "title", "code", "rule", "detail", "remedy", "instance")}
DOCUMENTED: Final = {
    "description": "Problem",
    "content": {"application/problem+json": {"schema": {
        "type": "object", "required": ["type", "title", "status", "code", "rule", "detail", "remedy"],
        "properties": {**_TEXTS, "status": {"type": "integer"}},
    }}},
}  # fmt: skip


class Faulty(Exception):
    """The request fails before it reaches a rule; `code` finds the row of FAULTS, `detail` fills its sentence."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def members(code: str, detail: Mapping[str, Any], lang: str, **more: Any) -> dict[str, Any]:
    """The members of one problem."""
    row, column = ROWS[code], lang == "en"
    said = {name: str(value)[:200] for name, value in detail.items()}
    return {
        "type": f"/problems/{code}", "title": HTTPStatus(row.status).phrase, "status": row.status, "code": code, "rule": row.rule,
        "detail": row.sentence[column].format(**said), "remedy": row.remedy[column].format(**said), **more,
    }  # fmt: skip


def refusal(why: Refused, lang: str) -> dict[str, Any]:
    """A refusal of the rules as the members of a problem."""
    return members(why.code, why.detail, lang)


def answer(
    request: Request, code: str, detail: Mapping[str, Any], headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """The problem as JSON, or as a page for a browser that asks for one."""
    vary = {"vary": "Accept, Accept-Language", "cache-control": "no-store", **(headers or {})}
    if not request.url.path.startswith(NOT_PAGES) and media(request, (JSON, HTML)) == HTML:
        lang = page_language(request)
        return page(request, "problem.html", status=ROWS[code].status, headers=vary, problem=members(code, detail, lang),
                    happened=True, back=_back(code, detail))  # fmt: skip
    lang = language(request)
    body = members(code, detail, lang, instance=request.url.path, **more)
    return JSONResponse(body, body["status"], {**vary, "content-language": lang}, "application/problem+json")


def _back(code: str, detail: Mapping[str, Any]) -> str | None:
    """The vote from which somebody came who typed a number wrongly."""
    return f"/c/{detail['ledger']}/polls/{quote(detail['poll'], safe='')}" if code == "form-unknown" else None


class OneSpelling:
    """An address with a control character is none: the router would overlook a line break at its end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = scope["type"] != "http" or scope["path"].isprintable()
        await (self.app if known else answer(Request(scope), "address-unknown", {}))(scope, receive, send)


def explain(app: FastAPI) -> None:
    """Every refusal and error of this application leaves as a problem."""
    app.add_middleware(OneSpelling)

    @app.exception_handler(Refused)
    @app.exception_handler(Faulty)
    def said_no(request: Request, why: Refused | Faulty) -> Response:
        headers = {"www-authenticate": "Bearer"} if ROWS[why.code].status == 401 else None  # RFC 9110 §15.5.2
        return answer(request, why.code, why.detail, headers)

    @app.exception_handler(HTTPException)
    def http(request: Request, why: HTTPException) -> Response:
        return answer(request, _BY_STATUS.get(why.status_code, "request-refused"), {}, why.headers)

    @app.exception_handler(RequestValidationError)
    def shape(request: Request, why: RequestValidationError) -> Response:
        errors = [
            {"in": str(one["loc"][0]), "name": "/".join(map(str, one["loc"][1:])), "detail": one["msg"]} for one in why.errors()
        ]
        return answer(
            request, "request-malformed", {"why": "; ".join(f"{one['name']}: {one['detail']}" for one in errors)}, errors=errors
        )

    @app.exception_handler(StoreFailed)
    @app.exception_handler(PersistenceError)
    def unreadable(request: Request, _why: Exception) -> Response:
        return answer(request, "not-ready", {})

    @app.exception_handler(Exception)
    def broke(request: Request, _why: Exception) -> Response:
        return answer(request, "internal", {}, HEADERS)  # sent from outside the middleware that adds them
