/**
 * The page /verify: a receipt, or an owner's rows of a result, and a trust policy go in, the steps of the check come out as a list.
 *
 * Elements: receipt-input, policy-input (textareas; data-own: filled in by this site), receipt-file (file input), verify-button,
 * verify-result (ul), ledgers-here (ul of data-origin and link), verify-words (template of data-name and text). Text is only
 * ever set as text, so the page works where trusted types are required. Nothing leaves the browser.
 */

import { keptReceipt } from "./kept.js";
import { isOwn as isOwnRows, verifyOwn } from "./verify-own.js";
import { verifyReceipt } from "./verify.js";

/** @typedef {import("./verify.js").Verdict} Verdict */
/** @typedef {{ state: "ok" | "failed" | "unchecked", words: string, detail: string }} Row */

const MARKS = { ok: "✓", failed: "✗", unchecked: "–" };

/**
 * What the texts of the two fields come to.
 * @param {string} receiptText
 * @param {string} policyText
 */
export async function verifyTexts(receiptText, policyText) {
  // A pasted policy often lacks its last newline, which the format demands.
  const policy = policyText.endsWith("\n") ? policyText : `${policyText}\n`;
  const given = keptReceipt(parsed(receiptText));
  return isOwnRows(given) ? verifyOwn(given, { policy }) : verifyReceipt(given, { policy });
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // which the first step finds to be no receipt
  }
}

/**
 * The lines to show, the sentence first.
 * @param {Verdict} verdict
 * @param {string} language a BCP 47 tag; Chinese or else English
 * @returns {Row[]}
 */
export function rows({ ok, sentence, steps }, language) {
  const lang = language.startsWith("zh") ? "zh" : "en";
  return [
    { state: ok ? "ok" : "failed", words: sentence[lang], detail: "" },
    ...steps.map((step) => ({ state: state(step), words: step[lang], detail: step.detail })),
  ];
}

/**
 * @param {{ ok: boolean, checked: boolean }} step
 * @returns {"ok" | "failed" | "unchecked"}
 */
function state({ ok, checked }) {
  if (!checked) return "unchecked";
  return ok ? "ok" : "failed";
}

/** @param {Document} page */
function start(page) {
  const [receipt, policy] = ["receipt-input", "policy-input"].map((id) => textarea(page, id));
  const file = /** @type {HTMLInputElement} */ (page.getElementById("receipt-file"));
  const button = /** @type {HTMLButtonElement} */ (page.getElementById("verify-button"));
  const list = /** @type {HTMLUListElement} */ (page.getElementById("verify-result"));
  list.setAttribute("aria-live", "polite");
  file.addEventListener("change", async () => {
    receipt.value = (await file.files?.[0]?.text()) ?? receipt.value;
  });
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const verdict = await verifyTexts(receipt.value, policy.value);
    const [first, ...steps] = rows(verdict, page.documentElement.lang).map((row) => item(page, row));
    if (verdict.ok && isOwn(policy)) first.append(said(page, "own"));
    list.replaceChildren(first, ...advice(page, verdict), folded(page, steps));
  });
}

/**
 * @param {Document} page
 * @param {string} id
 */
function textarea(page, id) {
  return /** @type {HTMLTextAreaElement} */ (page.getElementById(id));
}

/** Whether the keys are still those that this site filled in. @param {HTMLTextAreaElement} policy */
function isOwn(policy) {
  return policy.dataset.own !== undefined && policy.value.trim() === policy.defaultValue.trim();
}

/**
 * A text of the page's own, in its language.
 * @param {Document} page
 * @param {string} name
 */
function said(page, name) {
  const words = /** @type {HTMLTemplateElement} */ (page.getElementById("verify-words"));
  return words.content.querySelector(`[data-name="${name}"]`)?.textContent ?? "";
}

/**
 * What to do next, under the sentence.
 * @param {Document} page
 * @param {Verdict} verdict
 * @returns {HTMLLIElement[]}
 */
function advice(page, { came, origin, index }) {
  const line = page.createElement("li");
  line.className = "advice";
  if (came === "ok") {
    const here = [...page.querySelectorAll("#ledgers-here li")].find((one) => one.getAttribute("data-origin") === origin);
    const link = /** @type {HTMLAnchorElement | null | undefined} */ (here?.querySelector("a")?.cloneNode());
    if (!link) return [];
    link.pathname += `/entries/${index}`;
    link.textContent = said(page, "open").replace("{index}", `${index}`);
    line.append(link);
    return [line];
  }
  if (came === "short") return [];
  line.append(said(page, came === "unreadable" ? "whole" : "keep"));
  return [line];
}

/**
 * The steps, folded.
 * @param {Document} page
 * @param {HTMLLIElement[]} steps
 */
function folded(page, steps) {
  const [line, details, summary, list] = [
    page.createElement("li"), page.createElement("details"), page.createElement("summary"), page.createElement("ul"),
  ];
  line.className = "steps-of";
  list.className = "checks";
  summary.append(said(page, "steps"));
  list.append(...steps);
  details.append(summary, list);
  line.append(details);
  return line;
}

/**
 * @param {Document} page
 * @param {Row} row
 */
function item(page, { state, words, detail }) {
  const line = page.createElement("li");
  line.className = state;
  line.append(`${MARKS[state]} ${words}`);
  if (detail) {
    const small = page.createElement("small");
    small.textContent = detail;
    line.append(page.createElement("br"), small);
  }
  return line;
}

if (globalThis.document?.getElementById("verify-button")) start(globalThis.document);
