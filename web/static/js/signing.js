/**
 * The dialogue before a signature: what is about to be said stands there in words, then the passkey is asked, then the receipt.
 *
 * Elements (signing.html): sign (dialog), sign-ask (sign-title, sign-sentence, sign-rows, sign-go, sign-cancel, sign-busy,
 * sign-problem with sign-detail and sign-remedy), sign-done (sign-recorded, sign-standing, sign-seal, sign-checks, sign-look,
 * sign-save, sign-close), sign-words. Text is only ever set as text.
 */

import { signAct } from "./act.js";
import { Problem, Unreachable } from "./desk.js";
import { Unsound } from "./errors.js";
import { handInAct, prepareAct } from "./sign-act.js";
import { must } from "./shown.js";
import { rows } from "./verify-page.js";
import { made, wordsOf } from "./words.js";

/** @typedef {import("./sign-act.js").Meant} Meant */
/** @typedef {import("./sign-act.js").Desk} Desk */
/** @typedef {{ title: string, sentence: string, rows?: [string, string][], meant: Meant }} Asked */
/** @typedef {import("./verify.js").Receipt} Receipt */

const MARKS = { ok: "✓", failed: "✗", unchecked: "–" };
const said = wordsOf("sign-words");
const dialogue = /** @type {HTMLDialogElement} */ (must("sign"));
const go = /** @type {HTMLButtonElement} */ (must("sign-go"));

/** What went wrong as sentence and remedy; anything that nobody foresaw is thrown on. @param {unknown} why @returns {[string, string]} */
export function inWords(why) {
  if (why instanceof Problem) return [why.detail, why.remedy];
  if (why instanceof Unreachable) return [said("unreachable"), said("unreachable-remedy")];
  if (why instanceof Unsound) return [said("unsound"), said("unsound-remedy")];
  if (why instanceof DOMException) return [said("not-signed"), said("not-signed-remedy")];
  throw why;
}

/**
 * Show what is about to be signed and let its author sign it; the receipt, or null where nothing was recorded.
 * @param {Asked} asked
 * @param {Desk} desk
 * @returns {Promise<Receipt | null>}
 */
export async function askToSign(asked, desk) {
  show(asked);
  const now = { signed: /** @type {any} */ (null), receipt: /** @type {Receipt | null} */ (null) };
  let prepared = prepareAct(asked.meant, desk);
  prepared.catch(() => undefined); // told when it is asked for

  /** What was signed and did not arrive is handed in as it is; what was refused is made anew. */
  const sign = async () => {
    now.signed ??= await signAct(await prepared, desk.key);
    must("sign-busy").textContent = said("sending");
    const { receipt, verdict, isMine } = await handInAct(now.signed, asked.meant.kind, desk);
    now.receipt = receipt;
    done(receipt, verdict, isMine, desk);
  };
  const again = (/** @type {unknown} */ why) => {
    trouble(...inWords(why));
    if (why instanceof DOMException || (why instanceof Unreachable && now.signed)) return;
    now.signed = null;
    prepared = prepareAct(asked.meant, desk);
    prepared.catch(() => undefined);
  };
  go.onclick = async () => {
    busy(true);
    await sign().catch(again);
    busy(false);
  };
  return new Promise((answer) => {
    dialogue.onclose = () => answer(now.receipt);
  });
}

/** @param {Asked} asked */
function show({ title, sentence, rows: lines = [] }) {
  must("sign-title").textContent = title;
  must("sign-sentence").textContent = sentence;
  must("sign-rows").replaceChildren(...lines.map(([name, value]) => {
    const row = made("div");
    row.append(made("dt", name), made("dd", value));
    return row;
  }));
  must("sign-ask").hidden = false;
  must("sign-done").hidden = true;
  must("sign-problem").hidden = true;
  busy(false);
  dialogue.showModal();
  go.focus();
}

/** @param {boolean} isBusy */
function busy(isBusy) {
  go.disabled = isBusy;
  must("sign-busy").textContent = isBusy ? said("signing") : "";
  if (isBusy) must("sign-problem").hidden = true;
}

/**
 * @param {string} detail
 * @param {string} remedy
 */
function trouble(detail, remedy) {
  must("sign-detail").textContent = detail;
  must("sign-remedy").textContent = remedy;
  must("sign-problem").hidden = false;
}

/**
 * @param {Receipt} receipt
 * @param {import("./verify.js").Verdict} verdict
 * @param {boolean} isMine
 * @param {Desk} desk
 */
function done(receipt, verdict, isMine, { code, lang }) {
  must("sign-recorded").textContent = said("recorded", { index: receipt.index });
  must("sign-standing").className = `standing ${isMine ? "good" : "bad"}`;
  must("sign-seal").textContent = isMine ? MARKS.ok : MARKS.failed;
  const [first] = rows(verdict, lang);
  const lines = [{ state: isMine ? "ok" : "failed", words: said(isMine ? "mine" : "not-mine") }, first];
  must("sign-checks").replaceChildren(
    ...lines.map(({ state, words }) => made("li", `${MARKS[/** @type {"ok"} */ (state)]} ${words}`, state)),
  );
  const look = /** @type {HTMLAnchorElement} */ (must("sign-look"));
  look.pathname = `/c/${code}/entries/${receipt.index}`;
  saves(/** @type {HTMLAnchorElement} */ (must("sign-save")), code, receipt);
  must("sign-ask").hidden = true;
  must("sign-done").hidden = false;
  must("sign-close").focus();
}

/**
 * A link that saves a receipt as a file.
 * @param {HTMLAnchorElement} link
 * @param {string} code
 * @param {Receipt} receipt
 */
export function saves(link, code, receipt) {
  link.href = URL.createObjectURL(new Blob([`${JSON.stringify(receipt, null, 1)}\n`], { type: "application/json" }));
  link.download = `receipt-${code}-${receipt.index}.json`;
}

must("sign-cancel").addEventListener("click", () => dialogue.close());
must("sign-close").addEventListener("click", () => dialogue.close());
// Whoever waits for the passkey's own window does not close this one by a key that was meant for that.
dialogue.addEventListener("cancel", (event) => go.disabled && event.preventDefault());
