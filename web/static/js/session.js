/** A session: a key proves that its holder reads, and reads what she may; nothing is ever done by it (docs/spec/sessions.md). */

import { concat, encode, hex, unhex } from "./bytes.js";
import { pack } from "./codec.js";
import { read, send } from "./desk.js";
import { sha256 } from "./hash.js";
import { signChallenge } from "./passkey.js";

const PURPOSE = encode("liuchi/session/v1\0");

/**
 * Open a session by a passkey of this browser; the cookie that comes back is for pages, and no script reads it.
 * @param {string} code the ledger's
 * @param {import("./keychain.js").Kept} key
 * @param {string} lang
 */
export async function openSession(code, key, lang) {
  const { challenge, expires } = await send(`${code}/sessions/challenges`, lang, {});
  const signature = await signChallenge({ ...key, challenge: sha256(sessionBytes(key.ledger, unhex(challenge), expires)) });
  return send(`${code}/sessions`, lang, { challenge, expires, key: hex(key.keyId), signature: hex(signature) });
}

/**
 * What is signed: the host is where this page itself stands, never one that it was told.
 * @param {string} ledger
 * @param {Uint8Array} challenge
 * @param {number} expires
 */
function sessionBytes(ledger, challenge, expires) {
  return concat([PURPOSE, pack([ledger, location.host.toLowerCase(), challenge, expires])]);
}

/**
 * The first key of this browser that the ledger knows as active; the newest, if it knows none.
 * @param {string} code
 * @param {import("./keychain.js").Kept[]} keys
 * @param {string} lang
 */
export async function activeOf(code, keys, lang) {
  for (const key of keys) {
    const found = await read(`${code}/keys/${hex(key.keyId)}`, lang).catch(() => null);
    if (found?.active) return key;
  }
  return keys[0];
}
