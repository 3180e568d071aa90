/**
 * The dialogue before a signature: what is about to be said stands there in words, then the passkey is asked, then the receipt.
 *
 * Elements (signing.html): sign (dialog), sign-ask (sign-title, sign-sentence, sign-rows, sign-go, sign-cancel, sign-busy,
 * sign-problem with sign-detail and sign-remedy), sign-done (sign-recorded, sign-standing, sign-seal, sign-checks, sign-look,
 * sign-save, sign-close), sign-words. Text is only ever set as text.
 */

import { signAct } from "./act.js";
import { Problem, Unreachable } from "./desk.js";
import { parseStatement } from "./entry.js";
import { Unproven, Unsound } from "./errors.js";
import { parseOpening, reveal } from "./opening.js";
import { handInAct, prepareAct } from "./sign-act.js";
import { must } from "./shown.js";
import { rows } from "./verify-page.js";
import { made, wordsOf } from "./words.js";

/** @typedef {import("./sign-act.js").Meant} Meant */
/** @typedef {import("./sign-act.js").Desk} Desk */
/** @typedef {import("./author.js").Composed} Composed */
/** @typedef {import("./act.js").Signed} Signed */
/** @typedef {import("./entry.js").Statement} Statement */
/** @typedef {Map<string, import("./codec.js").Value>} Values */
/**
 * What is to be signed: the sentence is its author's meaning, `lines` are read from the statement's own bytes and its openings.
 * @typedef {object} Asked
 * @property {string} title
 * @property {string} sentence
 * @property {(body: Values, texts: Values, statement: Statement) => [string, string][]} lines
 * @property {Meant} meant
 */
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
  const now = { act: /** @type {Composed | null} */ (null), signed: /** @type {Signed | null} */ (null), receipt: /** @type {Receipt | null} */ (null) };
  const read = async () => {
    now.act = await prepareAct(asked.meant, desk);
    showLines(asked, now.act);
  };
  /** What was signed and did not arrive is handed in as it is; what was refused is made anew. */
  const sign = async () => {
    if (!now.act) return read();
    must("sign-busy").textContent = said("signing");
    now.signed ??= await signAct(now.act, desk.key);
    must("sign-busy").textContent = said("sending");
    const came = await handInAct(now.signed, asked.meant.kind, desk);
    now.receipt = came.receipt;
    done(came, desk);
  };
  /** @param {() => Promise<void>} does */
  const attempt = async (does) => {
    busy(true);
    await does().catch((why) => {
      if (why instanceof Problem) now.act = now.signed = null;
      trouble(...inWords(why));
    });
    busy(false);
  };
  show(asked);
  go.onclick = () => void attempt(sign);
  await attempt(read);
  go.focus();
  return new Promise((answer) => {
    if (!dialogue.open) answer(null);
    dialogue.onclose = () => answer(now.receipt);
  });
}

/** @param {Asked} asked */
function show({ title, sentence }) {
  must("sign-title").textContent = title;
  must("sign-sentence").textContent = sentence;
  must("sign-rows").replaceChildren();
  must("sign-ask").hidden = false;
  must("sign-done").hidden = true;
  must("sign-problem").hidden = true;
  dialogue.showModal();
}

/**
 * What the bytes say, taken apart again.
 * @param {Asked} asked
 * @param {Composed} act
 */
function showLines({ lines, meant }, act) {
  const statement = parseStatement(act.statement);
  if (statement.kind !== meant.kind) throw new Unproven("statement", "not what was meant");
  const texts = reveal(statement.sealed, act.openings.filter((raw) => parseOpening(raw).name !== ""), statement);
  must("sign-rows").replaceChildren(...lines(/** @type {Values} */ (statement.body), texts, statement).map(([name, value]) => {
    const row = made("div");
    row.append(made("dt", name), made("dd", value));
    return row;
  }));
}

/** @param {boolean} isBusy */
function busy(isBusy) {
  go.disabled = isBusy;
  must("sign-busy").textContent = "";
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
 * @param {{ receipt: Receipt, verdict: import("./verify.js").Verdict, isMine: boolean }} came
 * @param {Desk} desk
 */
function done({ receipt, verdict, isMine }, { code, lang }) {
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
