/** The signature types of notes: how long their keys are, and how each is checked. */

import { verify as verifyEd25519 } from "./ed25519.js";
import { verify as verifyMlDsa44 } from "./mldsa.js";

export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
export const ML_DSA_44 = 0x06;

/** Bytes of a public key. */
export const PUBLIC_SIZES = new Map([
  [ED25519, 32],
  [COSIGNATURE, 32],
  [ML_DSA_44, 1_312],
]);

/**
 * Whether a note key signed the message that the caller built for this type; false for bytes of any other length and form.
 * @param {number} type
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} message
 * @param {Uint8Array} signature the bare one, without key id and time
 * @returns {Promise<boolean>}
 */
export async function checkNote(type, publicKey, message, signature) {
  const check = type === ML_DSA_44 ? verifyMlDsa44 : verifyEd25519;
  return check(publicKey, message, signature);
}
