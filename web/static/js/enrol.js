/**
 * The page /c/CODE/enrol: a letter's number and code go in, a passkey of this phone comes out and waits for clerk and supervisor.
 *
 * Elements: enrol-ask (form with letter, code, enrol-next), enrol-mine (enrol-units, enrol-make, enrol-other), enrol-done
 * (enrol-digits, enrol-standing, enrol-votes, enrol-again, enrol-anew), enrol-problem, enrol-words (template of data-name and text);
 * enrol-page has data-code, data-ledger, data-vkey, data-name. Text is only ever set as text. The letter's number stands after "#",
 * which no browser sends to a server; its code is typed by hand.
 */

import { hex, unhex } from "./bytes.js";
import { Problem, read, send } from "./desk.js";
import * as keychain from "./keychain.js";
import * as passkeys from "./passkey.js";
import { WEBAUTHN, siteFor } from "./webauthn.js";

/** @typedef {import("./keychain.js").Kept} Kept */
/** @typedef {{ keep(made: any): void, kept(ledger: string): Kept[] }} Keychain */
/** @typedef {{ createPasskey(asked: any): Promise<any>, provePossession(asked: any): Promise<Uint8Array> }} Passkeys */
/** @typedef {(path: string, body?: unknown) => Promise<any>} Ask answers the JSON of a path of the ledger's API; throws Problem */

const ALPHABET = "123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH = 12;

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

/**
 * Makes a passkey, or takes one that was made here and never arrived, proves it and hands it in with the letter.
 * @param {{ letter: string, code: string, found: any, rpId: string, rpName: string, name: string, vkey: string }} asked `found` as
 * lookup answered it
 * @param {{ ask: Ask, keychain: Keychain, passkeys: Passkeys }} means
 * @returns {Promise<Uint8Array>} the key's id
 */
export async function enrol({ letter, code, found, rpId, rpName, name, vkey }, { ask, keychain, passkeys }) {
  const { ledger } = found;
  const person = unhex(found.person);
  const [last] = keychain.kept(ledger).filter((one) => one.rpId === rpId);
  const left = last && (await standing(ask, last.keyId)) === "unknown" ? last : null;
  const key = left ?? (await passkeys.createPasskey({ rpId, rpName, user: { name, displayName: name } }));
  keychain.keep({ ledger, rpId, vkey, publicKey: key.publicKey, credentialId: key.credentialId }); // before it is handed in
  const { publicKey, credentialId } = key;
  const possession = await passkeys.provePossession({ ledger, person, publicKey, credentialId, rpId });
  await ask("enrolments", { letter: Number(letter), code, public: hex(publicKey), possession: hex(possession), suite: WEBAUTHN });
  return key.keyId;
}

/** What became of a key: unknown, waiting, admitted, bound or revoked. @param {Ask} ask @param {Uint8Array} id */
export async function standing(ask, id) {
  return (await ask(`enrolments/${hex(id)}`)).standing;
}

// --- the page -------------------------------------------------------------------------------------------------------------------

/** @param {string} code the ledger's @param {string} lang @returns {Ask} */
function asking(code, lang) {
  return (path, body) => (body ? send(`${code}/${path}`, lang, body) : read(`${code}/${path}`, lang));
}

/** @param {Document} page */
function start(page) {
  const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (page.getElementById(id));
  const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (page.getElementById(id));
  const words = /** @type {HTMLTemplateElement} */ (at("enrol-words"));
  const said = (/** @type {string} */ name) => words.content.querySelector(`[data-name="${name}"]`)?.textContent ?? "";
  const { code: place = "", ledger = "", name = "", vkey = "" } = at("enrol-page").dataset;
  const ask = asking(place, page.documentElement.lang);
  const rpId = siteFor(ledger, location.hostname);
  /** @type {any} */
  let found = null;

  const show = (/** @type {string} */ id) => ["enrol-ask", "enrol-mine", "enrol-done"].forEach((one) => (at(one).hidden = one !== id));
  const trouble = (/** @type {unknown} */ why) => {
    const sentence = why instanceof Problem ? `${why.detail} ${why.remedy}`.trim() : said(why instanceof DOMException ? "stopped" : "failed");
    at("enrol-problem").textContent = sentence;
    at("enrol-problem").hidden = !sentence;
  };
  const tell = (/** @type {string} */ code) => trouble(new Problem({ code, detail: said(code), remedy: "" }));
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
  const done = async (/** @type {Uint8Array} */ id) => {
    // The digits are made here from the phone's own key; a server that lies about them is found out at the door.
    at("enrol-digits").replaceChildren(...fingerprint(id).map((digits) => Object.assign(page.createElement("li"), { textContent: digits })));
    const now = await standing(ask, id);
    at("enrol-standing").textContent = said(now);
    at("enrol-standing").dataset.standing = now;
    at("enrol-votes").hidden = now !== "bound";
    show("enrol-done");
  };
  const mine = () => keychain.kept(ledger).find((one) => one.rpId === rpId)?.keyId;

  field("letter").value = letterOf(location.hash) || field("letter").value;
  const first = mine();
  if (first) done(first).catch(trouble);
  for (const id of ["enrol-anew", "enrol-other"]) at(id).addEventListener("click", () => show("enrol-ask"));
  at("enrol-again").addEventListener("click", (event) => {
    const key = mine();
    if (key) busy(/** @type {HTMLButtonElement} */ (event.currentTarget), () => done(key));
  });
  at("enrol-ask").addEventListener("submit", (event) => {
    event.preventDefault();
    const code = bareCode(field("code").value);
    if (!code) return tell("slip");
    if (!rpId) return tell("elsewhere");
    if (!globalThis.PublicKeyCredential) return tell("no-passkeys");
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
      const code = bareCode(field("code").value) ?? "";
      const asked = { letter: field("letter").value, code, found, rpId, rpName: said("rp"), name: `${name} ${found.units[0]}`, vkey };
      await done(await enrol(asked, { ask, keychain, passkeys }));
    });
  });
}

if (globalThis.document?.getElementById("enrol-page")) start(globalThis.document);
