/**
 * The way in on a page that needs a session: shown where this browser keeps a key of the ledger, else the page's other ways stand.
 *
 * Elements: enter (data-code, data-ledger, data-lang), enter-go (button), enter-said (what went wrong).
 */

import { Problem } from "./desk.js";
import { kept } from "./keychain.js";
import { activeOf, openSession } from "./session.js";

const root = /** @type {HTMLElement} */ (document.getElementById("enter"));
const said = /** @type {HTMLElement} */ (document.getElementById("enter-said"));
const button = /** @type {HTMLButtonElement} */ (document.getElementById("enter-go"));
const { code, ledger, lang, failed } = /** @type {Record<string, string>} */ ({ ...root.dataset });
const keys = globalThis.PublicKeyCredential && globalThis.isSecureContext ? kept(ledger) : [];

async function enter() {
  button.disabled = true;
  said.textContent = "";
  try {
    await openSession(code, await activeOf(code, keys, lang), lang);
    location.reload();
  } catch (why) {
    said.textContent = why instanceof Problem ? `${why.detail} ${why.remedy}` : failed;
    button.disabled = false;
  }
}

root.hidden = !keys.length;
button.addEventListener("click", () => void enter());
