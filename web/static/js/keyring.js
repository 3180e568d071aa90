/**
 * Which key of this browser acts on a page of the desk, and why none does: each reason is a div of the page (signing.html).
 *
 * Elements: why (divs of data-reason; refused-detail, refused-remedy, trouble-detail, trouble-remedy).
 */

import { kept } from "./keychain.js";
import { canSign, must } from "./shown.js";

/** @typedef {import("./keychain.js").Kept} Kept */

/**
 * Show why nothing can be signed, and hide the rest.
 * @param {"browser" | "no-key" | "not-admitted" | "changed" | "refused" | "trouble"} reason
 * @param {[string, string]} [words] detail and remedy
 */
export function explain(reason, words) {
  if (words) [must(`${reason}-detail`).textContent, must(`${reason}-remedy`).textContent] = words;
  for (const one of must("why").querySelectorAll("div")) one.hidden = one.dataset.reason !== reason;
  must("why").hidden = false;
  /** @type {HTMLElement | null} */ (must("why").querySelector("div:not([hidden]) h2"))?.focus();
}

/**
 * The keys of a ledger in this browser, unless it cannot sign or has none, which is explained.
 * @param {string} ledger
 */
export function keysHere(ledger) {
  const keys = kept(ledger);
  if (!canSign()) explain("browser");
  else if (!keys.length) explain("no-key");
  return canSign() ? keys : [];
}

/**
 * The first of these keys that a question says is active, with its answer; null where none is.
 * @template Answer
 * @param {Kept[]} keys
 * @param {(key: Kept) => Promise<Answer & { active: boolean } | null>} ask
 */
export async function firstActive(keys, ask) {
  for (const key of keys) {
    const told = await ask(key);
    if (told?.active) return { key, told };
  }
  return null;
}
