/**
 * A passkey of this site: made, and asked to sign. The key itself never leaves the phone; what comes out are the bytes of
 * `webauthn-v1` (webauthn.js). Each call shows the system's own question for a fingerprint, a face or a screen lock; whoever
 * says no, or waits too long, is a DOMException `NotAllowedError`.
 */

import { concat, encode, equal, random, unhex } from "./bytes.js";
import { pack } from "./codec.js";
import { keyId, statementHash } from "./entry.js";
import { Malformed } from "./errors.js";
import { sha256 } from "./hash.js";
import { WEBAUTHN, packPublicKey, packSignature } from "./webauthn.js";

/** @typedef {{ name: string, displayName?: string, id?: Uint8Array }} User as the system's dialogue shows the key's holder */
/** @typedef {{ publicKey: Uint8Array, keyId: Uint8Array, credentialId: Uint8Array }} Made the suite's public key, its id, and the name by which the phone finds it */

const POSSESSION = encode("liuchi/possession/v1\0");
const ES256 = -7;
const PATIENCE = 180_000; // ms: somebody who is asked for a fingerprint for the first time reads first
/** SubjectPublicKeyInfo of a P-256 point, before its 65 bytes. */
const SPKI = unhex("3059301306072a8648ce3d020106082a8648ce3d030107034200");

/**
 * A new passkey on this phone, of the site `rpId`.
 * @param {{ rpId: string, rpName: string, user: User }} asked
 * @returns {Promise<Made>}
 */
export async function createPasskey({ rpId, rpName, user }) {
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { id: rpId, name: rpName },
      user: { id: (user.id ?? random(16)).slice(), name: user.name, displayName: user.displayName ?? user.name },
      challenge: random(32), // of no use without attestation: possession is proved by an assertion of its own
      pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      attestation: "none",
      timeout: PATIENCE,
    },
  });
  const { rawId, response } = /** @type {PublicKeyCredential} */ (made);
  const publicKey = packPublicKey(rpId, pointOf(/** @type {AuthenticatorAttestationResponse} */ (response)));
  return { publicKey, keyId: keyId(WEBAUTHN, publicKey), credentialId: new Uint8Array(rawId) };
}

/**
 * The suite's signature over a challenge of 32 bytes: SHA-256 of the signed bytes.
 * @param {{ rpId: string, credentialId: Uint8Array, challenge: Uint8Array }} asked
 * @returns {Promise<Uint8Array>}
 */
export async function signChallenge({ rpId, credentialId, challenge }) {
  const found = await navigator.credentials.get({
    publicKey: {
      rpId,
      challenge: challenge.slice(),
      allowCredentials: [{ type: "public-key", id: credentialId.slice() }],
      userVerification: "required",
      timeout: PATIENCE,
    },
  });
  const said = /** @type {AuthenticatorAssertionResponse} */ (/** @type {PublicKeyCredential} */ (found).response);
  const [data, client, der] = [said.authenticatorData, said.clientDataJSON, said.signature].map((raw) => new Uint8Array(raw));
  return packSignature(data, client, der);
}

/**
 * The proof, for a key row, that this key is in the hands of `person` (16 bytes) on `ledger` (its origin).
 * @param {{ ledger: string, person: Uint8Array, publicKey: Uint8Array, credentialId: Uint8Array, rpId: string }} asked
 * @returns {Promise<Uint8Array>}
 */
export async function provePossession({ ledger, person, publicKey, credentialId, rpId }) {
  const signedBytes = concat([POSSESSION, pack([ledger, person, keyId(WEBAUTHN, publicKey)])]);
  return signChallenge({ rpId, credentialId, challenge: sha256(signedBytes) });
}

/**
 * The signature over a statement's bytes.
 * @param {{ rpId: string, credentialId: Uint8Array, statement: Uint8Array }} asked
 * @returns {Promise<Uint8Array>}
 */
export async function signStatement({ rpId, credentialId, statement }) {
  return signChallenge({ rpId, credentialId, challenge: statementHash(statement) });
}

/** @param {AuthenticatorAttestationResponse} response */
function pointOf(response) {
  const spki = new Uint8Array(response.getPublicKey() ?? []);
  if (spki.length !== SPKI.length + 65 || !equal(spki.subarray(0, SPKI.length), SPKI)) {
    throw new Malformed("public key", "this phone made no P-256 key");
  }
  return spki.slice(SPKI.length);
}
