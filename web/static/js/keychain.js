/**
 * The keys that were made in this browser: which passkey belongs to which ledger. Nothing secret stands here; the secret never
 * leaves the phone's own keeping, and who clears the browser's storage only has to be found again by the clerk.
 *
 *     localStorage["liuchi/keys/v1"] = [{"credential", "key", "ledger", "public", "rp", "vkey"} …]     bytes in hex
 */

import { hex, unhex } from "./bytes.js";
import { keyId } from "./entry.js";
import { listed } from "./stored.js";
import { WEBAUTHN } from "./webauthn.js";

/**
 * A key of this browser; `ledger` is an origin, `vkey` the log's own key as it was when this key was made.
 * @typedef {object} Kept
 * @property {string} ledger
 * @property {string} rpId
 * @property {Uint8Array} publicKey
 * @property {Uint8Array} credentialId
 * @property {Uint8Array} keyId
 * @property {string} vkey
 */

const PLACE = "liuchi/keys/v1";

/**
 * Keep a key for a ledger; the newest stands first.
 * @param {{ ledger: string, rpId: string, publicKey: Uint8Array, credentialId: Uint8Array, vkey: string }} made
 */
export function keep({ ledger, rpId, publicKey, credentialId, vkey }) {
  const key = hex(keyId(WEBAUTHN, publicKey));
  const row = { credential: hex(credentialId), key, ledger, public: hex(publicKey), rp: rpId, vkey };
  localStorage.setItem(PLACE, JSON.stringify([row, ...rows().filter((one) => one.key !== key)]));
}

/**
 * The keys kept for a ledger, the newest first.
 * @param {string} ledger
 * @returns {Kept[]}
 */
export function kept(ledger) {
  return rows().filter((row) => row.ledger === ledger).map((row) => ({
    ledger, rpId: row.rp, publicKey: unhex(row.public), credentialId: unhex(row.credential), keyId: unhex(row.key), vkey: row.vkey,
  }));
}

/**
 * @returns {Record<"credential" | "key" | "ledger" | "public" | "rp" | "vkey", string>[]}
 */
function rows() {
  return listed(PLACE);
}
