/** Scans of a page of paper: deposited by a session of the clerk's own key, and named only in an opening, for supervisors alone. */

import { hex } from "./bytes.js";
import { deposit } from "./desk.js";
import { openSession } from "./session.js";

/** @typedef {import("./codec.js").Value} Value */

/** The session of this page: one question for the passkey, however many pages are signed. @type {{ token: string } | null} */
let session = null;

/**
 * Deposit these files; each as the opening names it, `[sha256, size, media type]`.
 * @param {File[]} files
 * @param {import("./sign-act.js").Desk} desk
 * @returns {Promise<Value[]>}
 */
export async function depositAll(files, { code, lang, key }) {
  session ??= /** @type {{ token: string }} */ (await openSession(code, key, lang));
  const { token } = session;
  try {
    const named = [];
    for (const file of files) named.push(await depositOne(file, code, lang, token));
    return named;
  } catch (why) {
    session = null; // it may have run out: the passkey is asked again
    throw why;
  }
}

/**
 * @param {File} file
 * @param {string} code
 * @param {string} lang
 * @param {string} token
 * @returns {Promise<Value>}
 */
async function depositOne(file, code, lang, token) {
  const raw = new Uint8Array(await file.arrayBuffer());
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", raw));
  await deposit(code, lang, { raw, sha256: hex(sha256), media: file.type, token });
  return [sha256, raw.length, file.type];
}
