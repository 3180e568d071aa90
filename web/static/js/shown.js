/** Pieces that the pages of voting and signing share: words of the page, refusals, the lines of a checked receipt. */

import { fileOf } from "./act.js";
import { Problem, Unreachable } from "./desk.js";
import { Unsound } from "./errors.js";
import { rows } from "./verify-page.js";

const IN_ANOTHER_APP = /MicroMessenger|\bQQ\/|baiduboxapp|Weibo|AliApp|DingTalk|Lark/i;
const MARKS = { ok: "✓", failed: "✗", unchecked: "–" };

/** Whether a passkey can be asked for here at all: not inside another app, not without https. */
export function canSign() {
  return !IN_ANOTHER_APP.test(navigator.userAgent) && Boolean(globalThis.PublicKeyCredential) && globalThis.isSecureContext;
}

/** @param {string} id */
export function must(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/**
 * A text of the page's own, with its gaps filled; empty where the page has none of this name.
 * @param {string} name
 * @param {Record<string, string | number>} [gaps]
 */
export function said(name, gaps = {}) {
  const words = /** @type {HTMLTemplateElement} */ (must("vote-words"));
  const text = words.content.querySelector(`[data-name="${CSS.escape(name)}"]`)?.textContent ?? "";
  return Object.entries(gaps).reduce((filled, [gap, value]) => filled.replaceAll(`{${gap}}`, String(value)), text);
}

/**
 * Show one of these parts and no other; the reader is taken to its heading.
 * @param {string} id
 * @param {string[]} parts
 * @param {string} problem the part in which troubles are told, which goes
 */
export function show(id, parts, problem) {
  for (const one of parts) must(one).hidden = one !== id;
  must(problem).hidden = true;
  const headings = /** @type {HTMLElement[]} */ ([...must(id).querySelectorAll("[tabindex='-1']")]);
  headings.find((one) => one.offsetParent)?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

/**
 * What went wrong and what to do, in words, in the part `problem`; what nobody foresaw is reported besides.
 * @param {unknown} why
 * @param {string} problem
 */
export function tell(why, problem) {
  const [detail, remedy] = inWords(why);
  must("problem-detail").textContent = detail;
  must("problem-remedy").textContent = remedy;
  must(problem).hidden = false;
  must(problem).scrollIntoView({ block: "nearest" });
}

/** @param {unknown} why */
function inWords(why) {
  if (why instanceof Problem) return [why.detail, why.remedy];
  const name = why instanceof Unreachable ? "unreachable" : why instanceof DOMException ? "not-signed" : "unsound";
  if (name === "unsound" && !(why instanceof Unsound)) reportError(why);
  return [said(name), said(`${name}-remedy`)];
}

/**
 * The end of both pages: number, checks, the file to keep and the way to the record.
 * @param {string} code the ledger's
 * @param {string} lang
 * @param {import("./act.js").Signed} signed
 * @param {{ receipt: import("./verify.js").Receipt, verdict: import("./verify.js").Verdict, isMine: boolean }} came
 */
export function receive(code, lang, signed, { receipt, verdict, isMine }) {
  must("done-title").textContent = said("recorded", { index: receipt.index });
  must("done-standing").className = `standing ${isMine ? "good" : "bad"}`;
  must("done-seal").textContent = isMine ? MARKS.ok : MARKS.failed;
  const [first, ...steps] = rows(verdict, lang).map(line);
  must("done-checks").replaceChildren(line({ state: isMine ? "ok" : "failed", words: said(isMine ? "mine" : "not-mine"), detail: "" }), first);
  must("done-steps").replaceChildren(...steps);
  const look = /** @type {HTMLAnchorElement} */ (must("done-look"));
  look.pathname = `/c/${code}/entries/${receipt.index}`;
  const save = /** @type {HTMLAnchorElement} */ (must("done-save"));
  save.href = URL.createObjectURL(new Blob([fileOf(signed, receipt)], { type: "application/json" }));
  save.download = `receipt-${code}-${receipt.index}.json`;
}

/** @param {import("./verify-page.js").Row} row */
function line({ state, words, detail }) {
  const item = document.createElement("li");
  item.className = state;
  item.append(`${MARKS[state]} ${words}`);
  if (detail) {
    const small = document.createElement("small");
    small.textContent = detail;
    item.append(document.createElement("br"), small);
  }
  return item;
}
