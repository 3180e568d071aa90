/**
 * An act of the desk: where its stream stands is asked, and the statement made on the log's own checkpoint; act.js signs it and
 * hands it in, its receipt is kept here. Nothing of it is shown; signing.js does that.
 */

import { composeAt, handIn, seenBy } from "./act.js";
import { hex } from "./bytes.js";
import { read } from "./desk.js";
import { keepReceipt } from "./receipts.js";

/** @typedef {import("./codec.js").Value} Value */
/** @typedef {import("./keychain.js").Kept} Kept */
/** @typedef {import("./author.js").Composed} Composed */
/** @typedef {import("./act.js").Signed} Signed */
/**
 * An act as its author means it; `openings` as author.js takes them.
 * @typedef {object} Meant
 * @property {string} kind
 * @property {Map<string, Value>} body
 * @property {Map<string, Value | undefined>} [openings]
 * @property {Uint8Array | null} [about]
 */
/** @typedef {{ code: string, lang: string, key: Kept, isDemo: boolean }} Desk where and by whom */
/** @typedef {{ ledger: string, prev: string | null, now: number, checkpoint: string }} Stands as GET …/streams says it */

/** @param {Meant} meant */
function confirmation({ body, about }) {
  return `confirmation/${hex(/** @type {Uint8Array} */ (about))}/${hex(/** @type {Uint8Array} */ (body.get("person")))}`;
}

/** The stream that follows from each kind, as the ledger's table of kinds has it. @type {Record<string, (meant: Meant) => string>} */
export const STREAMS = {
  "confirmed/1": confirmation,
  "declined/1": confirmation,
  "page-keyed/1": confirmation,
  "paper-page/1": ({ body }) => `paper/${body.get("page")}`,
  "entered-in-error/1": ({ body }) => `paper/${body.get("page")}`,
  "notice-posted/1": ({ body }) => `posted/${body.get("poll")}/${body.get("n")}`,
  "poll-opened/1": ({ body }) => `poll/${body.get("poll")}`,
  "poll-closed/1": ({ body }) => `poll/${body.get("poll")}`,
};

/**
 * The statement, ready to be signed; Unproven where the log did not sign the checkpoint that it stands on. The closing of a vote
 * fixes the tree of that checkpoint.
 * @param {Meant} meant
 * @param {Desk} desk
 * @returns {Promise<Composed>}
 */
export async function prepareAct(meant, { code, lang, key, isDemo }) {
  const { kind, body, openings, about = null } = meant;
  const stream = STREAMS[kind](meant);
  /** @type {Stands} */
  const stands = await read(`${code}/streams?name=${encodeURIComponent(stream)}`, lang);
  const [size, root] = await seenBy(stands.checkpoint, key);
  const fixed = kind === "poll-closed/1" ? new Map([...body, ["root", root], ["size", size]]) : body;
  return composeAt({ ...stands, stream }, key, isDemo, { kind, body: /** @type {Map<string, Value>} */ (fixed), openings, about });
}

/**
 * Hand in what was signed; the receipt, checked here, stays in this browser.
 * @param {Signed} signed
 * @param {string} kind
 * @param {Desk} desk
 */
export async function handInAct(signed, kind, { code, lang, key }) {
  const told = await handIn(code, lang, signed, key);
  keepReceipt(key.ledger, kind, told.receipt);
  return told;
}
