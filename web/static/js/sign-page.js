/**
 * The page /sign: an act is shown as its own bytes say it, then signed by a passkey of this browser and handed in.
 *
 * What is to be signed is JSON, {"kind", "body", "openings"?, "about"?}: pasted, from a file, or behind the address's #, percent-encoded,
 * as other pages link here (/sign?ledger=CODE#…; no browser sends that part to a server). Text is only ever set as text.
 */

import { composeAt, handIn, signAct } from "./act.js";
import { hex, unhex } from "./bytes.js";
import { unpack } from "./codec.js";
import { Problem, send } from "./desk.js";
import { parseStatement } from "./entry.js";
import { kept } from "./keychain.js";
import { parseOpening, reveal } from "./opening.js";
import { activeOf } from "./session.js";
import { canSign, must, receive, said, show, tell } from "./shown.js";

/** @typedef {import("./codec.js").Value} Value */
/** @typedef {{ name: string, value: string | null, audience: string }} Named */
/** @typedef {{ ledger: string, kind: string, label: Record<string, string>, stream: string, prev: string | null, about: any, body: string, openings: Named[], key: any, now: number, checkpoint: string }} Prepared as POST …/prepared says it */

const PARTS = ["sign-browser", "sign-form", "sign-shown", "sign-done"];
const PROBLEM = "sign-problem";
const FIRST_MOMENT = 1e12; // an integer of this size is a time in Unix ms
const UTC_OFFSET = 8 * 3_600_000;
const lang = must("sign").dataset.lang ?? "zh";
const select = /** @type {HTMLSelectElement} */ (must("sign-ledger"));
const input = /** @type {HTMLTextAreaElement} */ (must("sign-input"));

/** What is shown and would be signed. */
const now = {
  key: /** @type {import("./keychain.js").Kept | null} */ (null),
  act: /** @type {import("./author.js").Composed | null} */ (null),
  signed: /** @type {import("./act.js").Signed | null} */ (null),
};

/** The ledger that is chosen. */
function chosen() {
  const { value: code, dataset } = select.selectedOptions[0];
  return { code, origin: dataset.origin ?? "", isDemo: dataset.demo !== undefined };
}

async function readAct() {
  must(PROBLEM).hidden = true;
  try {
    const { code, origin, isDemo } = chosen();
    const asked = parsed();
    const key = await activeOf(code, kept(origin), lang);
    if (!key) throw new Problem({ code: "no-key", detail: said("no-key"), remedy: said("no-key-line") });
    const prepared = /** @type {Prepared} */ (await send(`${code}/prepared`, lang, { ...asked, key: hex(key.keyId) }));
    if (!prepared.key?.active) throw new Problem({ code: "not-admitted", detail: said("not-admitted"), remedy: said("not-admitted-line") });
    now.key = key;
    now.act = await composed(prepared, key, isDemo);
    now.signed = null;
    showAct(prepared, now.act, code, isDemo);
  } catch (why) {
    tell(why, PROBLEM);
  }
}

/** @returns {Record<string, unknown>} */
function parsed() {
  try {
    const { kind, body, openings = {}, about = null } = JSON.parse(input.value);
    return { kind, body, openings, about };
  } catch {
    throw new Problem({ code: "not-json", detail: said("not-json"), remedy: said("not-json-remedy") });
  }
}

/**
 * @param {Prepared} prepared
 * @param {import("./keychain.js").Kept} key
 * @param {boolean} isDemo
 */
async function composed(prepared, key, isDemo) {
  const body = unpack(unhex(prepared.body));
  return composeAt(prepared, key, isDemo, {
    kind: prepared.kind,
    body: /** @type {Map<string, Value>} */ (body),
    openings: new Map(prepared.openings.map(({ name, value }) => [name, value === null ? undefined : unpack(unhex(value))])),
    about: prepared.about && unhex(prepared.about.leaf),
  });
}

/**
 * What the bytes say, taken apart again: nothing that is shown comes from elsewhere but the names of things.
 * @param {Prepared} prepared
 * @param {import("./author.js").Composed} act
 * @param {string} code
 * @param {boolean} isDemo
 */
function showAct(prepared, act, code, isDemo) {
  const statement = parseStatement(act.statement);
  must("sign-kind").textContent = prepared.kind === statement.kind ? prepared.label[lang] : statement.kind;
  must("sign-demo").hidden = !isDemo;
  must("sign-about").hidden = !prepared.about;
  if (prepared.about) must("sign-about").replaceChildren(aboutLink(prepared.about, code));
  must("sign-facts").replaceChildren(...[...statement.body].map(([name, value]) => pair(said(`field.${name}`) || name, shown(value))));
  const texts = [...reveal(statement.sealed, act.openings.filter(isTold), statement)];
  must("sign-sealed").hidden = !texts.length;
  must("sign-texts").replaceChildren(...texts.map(([name, value]) => pair(openingName(name), shown(value))));
  show("sign-shown", PARTS, PROBLEM);
}

/** @param {Uint8Array} raw */
function isTold(raw) {
  return parseOpening(raw).name !== "";
}

/** @param {string} name */
function openingName(name) {
  const [word, id] = name.split("/");
  return [said(`opening.${word}`) || said(`field.${word}`) || word, id].filter(Boolean).join(" ");
}

/**
 * @param {{ index: number, label: Record<string, string> }} about
 * @param {string} code
 */
function aboutLink({ index, label }, code) {
  const link = document.createElement("a");
  link.href = `/c/${code}/entries/${index}${lang === "en" ? "?lang=en" : ""}`;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = said("about", { index, kind: label[lang] });
  return link;
}

/**
 * @param {string} name
 * @param {Node | string} value
 */
function pair(name, value) {
  const [row, term, told] = ["div", "dt", "dd"].map((tag) => document.createElement(tag));
  term.textContent = name;
  told.append(value);
  row.append(term, told);
  return row;
}

/**
 * @param {Value} value
 * @returns {Node | string}
 */
function shown(value) {
  if (value === null || value === "") return said("empty");
  if (value instanceof Uint8Array) return code(hex(value));
  if (typeof value === "boolean") return value ? "✓" : "✗";
  if (typeof value === "string") return said(`value.${value}`) || value;
  if (typeof value === "number") return value >= FIRST_MOMENT ? moment(value) : String(value);
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return list("ul", "values", value.map((one) => item(shown(one))));
  return list("dl", "inner", [...value].map(([name, one]) => pair(said(`field.${name}`) || name, shown(one))));
}

/** @param {string} digits */
function code(digits) {
  const told = document.createElement("code");
  told.textContent = digits;
  return told;
}

/** @param {number} ms */
function moment(ms) {
  return new Date(ms + UTC_OFFSET).toISOString().slice(0, 19).replace("T", " ");
}

/** @param {Node | string} value */
function item(value) {
  const told = document.createElement("li");
  told.append(value);
  return told;
}

/**
 * @param {string} tag
 * @param {string} name
 * @param {Node[]} inner
 */
function list(tag, name, inner) {
  const told = document.createElement(tag);
  told.className = name;
  told.append(...inner);
  return told;
}

async function sign() {
  const { code } = chosen();
  const button = /** @type {HTMLButtonElement} */ (must("sign-go"));
  if (!now.act || !now.key) return;
  button.disabled = true;
  must(PROBLEM).hidden = true;
  must("sign-busy").textContent = said("signing");
  try {
    now.signed ??= await signAct(now.act, now.key);
    must("sign-busy").textContent = said("sending");
    receive(code, lang, now.signed, await handIn(code, lang, now.signed, now.key));
    show("sign-done", PARTS, PROBLEM);
  } catch (why) {
    if (why instanceof Problem) show("sign-form", PARTS, PROBLEM); // what stood behind it may have changed: it is read again
    tell(why, PROBLEM);
  } finally {
    button.disabled = false;
    must("sign-busy").textContent = "";
  }
}

must("sign-read").addEventListener("click", () => void readAct());
must("sign-back").addEventListener("click", () => show("sign-form", PARTS, PROBLEM));
must("sign-go").addEventListener("click", () => void sign());
must("sign-file").addEventListener("change", async (event) => {
  input.value = (await /** @type {HTMLInputElement} */ (event.target).files?.[0]?.text()) ?? input.value;
});
if (!canSign()) show("sign-browser", PARTS, PROBLEM);
else {
  show("sign-form", PARTS, PROBLEM);
  if (location.hash.length > 1) {
    input.value = decodeURIComponent(location.hash.slice(1));
    void readAct();
  }
}
