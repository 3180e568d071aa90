/**
 * The page /c/CODE/enrol: a letter's number and code go in, a passkey of this phone comes out and waits for clerk and supervisor.
 *
 * Elements: enrol-ask (form with letter, code), enrol-mine (section; enrol-units, enrol-make), enrol-done (section; enrol-digits,
 * enrol-standing, enrol-again), enrol-problem (p), enrol-words (template of data-name and text); body data of enrol-page: code of the
 * ledger, api. Text is only ever set as text. The letter's number stands after "#", which no browser sends to a server; its code is
 * typed by hand. What is kept on the phone holds no secret: the key itself never leaves its keeper.
 */

import { encode, hex } from "./bytes.js";
import { keyId } from "./entry.js";
import { sha256 } from "./hash.js";

/** @typedef {{ ledger: string, person: string, publicKey: string, keyId: string, credentialId: string, rpId: string, suite: string }} Kept all but ledger, rpId and suite in base64url */
/** @typedef {{ getItem(name: string): string | null, setItem(name: string, value: string): void }} Shelf */
/** @typedef {{ createPasskey(asked: any): Promise<any>, provePossession(asked: any): Promise<Uint8Array> }} Passkeys */
/** @typedef {(path: string, body?: unknown) => Promise<any>} Ask answers the JSON of a path of the ledger's API; throws Problem */

export const KEPT = "liuchi.key";
export const WEBAUTHN = "webauthn-v1";
const ALPHABET = "123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 12;

/** What the server says no to: its sentence and what to do. */
export class Problem extends Error {
  /** @param {{ code?: string, detail?: string, remedy?: string }} told */
  constructor({ code = "", detail = "", remedy = "" }) {
    super(`${detail} ${remedy}`.trim());
    this.code = code;
  }
}

/** The number of a letter behind "#", or nothing. @param {string} hash */
export function letterOf(hash) {
  const number = hash.replace(/^#/, "");
  return /^[1-9][0-9]{0,8}$/.test(number) ? number : "";
}

/**
 * The code that was typed, whatever case, hyphens and look-alikes; null when its last digit does not fit the others: that is a slip,
 * and costs no try.
 * @param {string} typed
 */
export function bareCode(typed) {
  const code = typed.normalize("NFKC").toUpperCase().replaceAll(/[\s·-]/g, "").replaceAll(/[IL]/g, "1");
  const digits = Array.from(code, (digit) => ALPHABET.indexOf(digit));
  if (digits.length !== LENGTH || digits.includes(-1)) return null;
  const last = digits.pop();
  return digits.reduce((sum, digit, at) => sum + digit * (at + 1), 0) % ALPHABET.length === last ? code : null;
}

/** A key id as two people read it out: eight groups of five digits. @param {Uint8Array} id */
export function fingerprint(id) {
  return Array.from({ length: 8 }, (_, at) => `${(id[2 * at] << 8) | id[2 * at + 1]}`.padStart(5, "0"));
}

/** @param {Uint8Array} raw */
export function base64url(raw) {
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
export function unbase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
}

/** The key of this ledger that is kept on this phone, if any. @param {Shelf} shelf @param {(kept: Kept) => boolean} fits @returns {Kept | null} */
export function kept(shelf, fits) {
  try {
    const found = JSON.parse(shelf.getItem(KEPT) ?? "null");
    return found && unbase64url(found.keyId).length === 32 && fits(found) ? found : null;
  } catch {
    return null; // not ours, or no shelf at all
  }
}

/**
 * Makes a passkey, or takes the one that was made for this person before, proves it and hands it in with the letter.
 * @param {{ letter: string, code: string, found: any, rpId: string, rpName: string, name: string }} asked `found` as lookup answered it
 * @param {{ ask: Ask, shelf: Shelf, passkeys: Passkeys }} means
 * @returns {Promise<Kept>}
 */
export async function enrol({ letter, code, found, rpId, rpName, name }, { ask, shelf, passkeys }) {
  const person = Uint8Array.from(found.person.match(/../g), (/** @type {string} */ pair) => parseInt(pair, 16));
  const same = (/** @type {Kept} */ one) => one.ledger === found.ledger && one.person === base64url(person) && one.rpId === rpId;
  let key = kept(shelf, same);
  if (!key || (await ask(`keys/${hex(unbase64url(key.keyId))}`)).standing === "revoked") {
    const user = { name, displayName: name, id: sha256(encode(`${found.ledger}\0${found.person}`)) };
    const made = await passkeys.createPasskey({ rpId, rpName, user });
    key = {
      ledger: found.ledger, person: base64url(person), publicKey: base64url(made.publicKey), keyId: base64url(made.keyId),
      credentialId: base64url(made.credentialId), rpId, suite: WEBAUTHN,
    };
    shelf.setItem(KEPT, JSON.stringify(key)); // before it is handed in: whoever is cut off goes on with the same key
  }
  const [publicKey, credentialId] = [unbase64url(key.publicKey), unbase64url(key.credentialId)];
  const possession = await passkeys.provePossession({ ledger: found.ledger, person, publicKey, credentialId, rpId });
  await ask("enrolments", { letter: Number(letter), code, public: hex(publicKey), possession: hex(possession), suite: key.suite });
  return key;
}

/** The digits to compare, computed here from the public key and not believed from the server. @param {Kept} key */
export function digitsOf(key) {
  return fingerprint(keyId(key.suite, unbase64url(key.publicKey)));
}

// --- the page -------------------------------------------------------------------------------------------------------------------

/** @param {string} api @param {string} lang @returns {Ask} */
function asking(api, lang) {
  return async (path, body) => {
    const headers = { "accept-language": lang, accept: "application/json", ...(body ? { "content-type": "application/json" } : {}) };
    const answer = await fetch(`${api}/${path}`, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
    const told = await answer.json();
    if (!answer.ok) throw new Problem(told);
    return told;
  };
}

/** @param {Document} page */
function start(page) {
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (page.getElementById(id));
  const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (page.getElementById(id));
  const words = /** @type {HTMLTemplateElement} */ (at("enrol-words"));
  const said = (/** @type {string} */ name) => words.content.querySelector(`[data-name="${name}"]`)?.textContent ?? "";
  const { api = "", ledger = "", name = "" } = at("enrol-page").dataset;
  const ask = asking(api, page.documentElement.lang);
  const rpId = location.hostname;
  /** @type {any} */
  let found = null;

  const show = (/** @type {string} */ id) => ["enrol-ask", "enrol-mine", "enrol-done"].forEach((one) => (at(one).hidden = one !== id));
  const trouble = (/** @type {unknown} */ why) => {
    const sentence = why instanceof Problem ? why.message : said(why instanceof DOMException ? "stopped" : "failed");
    at("enrol-problem").textContent = sentence;
    at("enrol-problem").hidden = !sentence;
  };
  const busy = async (/** @type {HTMLButtonElement} */ button, /** @type {() => Promise<void>} */ work) => {
    at("enrol-problem").hidden = true;
    button.disabled = true;
    try {
      await work();
    } catch (why) {
      trouble(why);
    } finally {
      button.disabled = false;
    }
  };
  const done = async (/** @type {Kept} */ key) => {
    at("enrol-digits").replaceChildren(...digitsOf(key).map((digits) => Object.assign(page.createElement("li"), { textContent: digits })));
    show("enrol-done");
    const { standing } = await ask(`keys/${hex(unbase64url(key.keyId))}`);
    at("enrol-standing").textContent = said(standing);
    at("enrol-standing").dataset.standing = standing;
    at("enrol-anew").hidden = standing === "waiting" || standing === "admitted" || standing === "bound";
  };

  field("letter").value = letterOf(location.hash) || field("letter").value;
  const mine = kept(localStorage, (one) => one.ledger === ledger);
  if (mine) done(mine).catch(trouble);
  else show("enrol-ask");
  at("enrol-anew").addEventListener("click", () => show("enrol-ask"));
  at("enrol-other").addEventListener("click", () => show("enrol-ask"));
  at("enrol-again").addEventListener("click", (event) => {
    const key = kept(localStorage, (one) => one.ledger === ledger);
    if (key) busy(/** @type {HTMLButtonElement} */ (event.currentTarget), () => done(key));
  });
  at("enrol-ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = bareCode(field("code").value);
    if (!code) return trouble(new Problem({ detail: said("slip") }));
    if (!globalThis.PublicKeyCredential) return trouble(new Problem({ detail: said("no-passkeys") }));
    return busy(/** @type {HTMLButtonElement} */ (at("enrol-next")), async () => {
      found = await ask("enrolments/lookup", { letter: Number(field("letter").value), code });
      at("enrol-units").replaceChildren(
        ...found.units.map((/** @type {string} */ unit) => Object.assign(page.createElement("li"), { textContent: unit })),
      );
      show("enrol-mine");
    });
  });
  at("enrol-make").addEventListener("click", (event) => {
    busy(/** @type {HTMLButtonElement} */ (event.currentTarget), async () => {
      const passkeys = await import("./passkey.js");
      const code = bareCode(field("code").value) ?? "";
      const asked = { letter: field("letter").value, code, found, rpId, rpName: said("rp"), name: `${name} ${found.units[0]}` };
      await done(await enrol(asked, { ask, shelf: localStorage, passkeys }));
    });
  });
}

if (globalThis.document?.getElementById("enrol-page")) start(globalThis.document);
