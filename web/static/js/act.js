/** An act on its way: signed by a passkey of this browser, handed in, and its receipt checked; what pages show of it is theirs. */

import { DAY_MS, compose } from "./author.js";
import { equal, hex, unhex } from "./bytes.js";
import { submit } from "./desk.js";
import { parseEntry, signedBytes } from "./entry.js";
import { Unproven } from "./errors.js";
import { signStatement } from "./passkey.js";
import { parsePolicy, verifyCheckpoint } from "./policy.js";
import { unbase64 } from "./spelling.js";
import { verifyReceipt } from "./verify.js";
import { verify } from "./webauthn.js";

/** @typedef {import("./keychain.js").Kept} Kept */
/** @typedef {import("./author.js").Composed} Composed */
/** @typedef {{ stream: string, prev: string | null, checkpoint: string, now: number }} Place where the next act of a stream stands, and the ledger's clock */
/** @typedef {Composed & { signature: Uint8Array }} Signed */

/**
 * A log's own key as a policy: its receipts are checked under it.
 * @param {string} vkey
 */
export function policyOf(vkey) {
  return `log ${vkey}\nquorum none\n`;
}

/**
 * The tree that the author has seen: a checkpoint that the log signed, as a statement names it; Unproven when it did not.
 * @param {string} checkpoint
 * @param {Kept} key
 * @returns {Promise<[number, Uint8Array]>}
 */
export async function seenBy(checkpoint, key) {
  const { checkpoint: found } = await verifyCheckpoint(checkpoint, parsePolicy(policyOf(key.vkey)));
  if (found.origin !== key.ledger) throw new Unproven("checkpoint", "of another ledger", "log");
  return [Number(found.size), found.root];
}

/**
 * The statement that a key of this browser signs in the place that the ledger named, on the checkpoint that the log signed; Unproven
 * when it did not.
 * @param {Place} place
 * @param {Kept} key
 * @param {boolean} isDemo a demo's time is its story's
 * @param {Pick<import("./author.js").Parts, "kind" | "body" | "openings" | "about">} said
 * @returns {Promise<Composed>}
 */
export async function composeAt({ stream, prev, checkpoint, now }, key, isDemo, said) {
  return compose({
    ...said,
    ledger: key.ledger,
    stream,
    prev: prev === null ? null : unhex(prev),
    seen: await seenBy(checkpoint, key),
    at: isDemo ? now : Date.now(),
    until: now + DAY_MS,
    by: key.keyId,
  });
}

/**
 * The passkey's signature, checked here before anybody else sees it.
 * @param {Composed} act
 * @param {Kept} key
 * @returns {Promise<Signed>}
 */
export async function signAct(act, key) {
  const { rpId, credentialId, publicKey } = key;
  const signature = await signStatement({ rpId, credentialId, statement: act.statement });
  if (!(await verify(publicKey, signedBytes(act.statement), signature))) {
    throw new Unproven("signature", "not one that the ledger takes", "bad-signature");
  }
  return { ...act, signature };
}

/**
 * Hand in, and check that the receipt is of this very statement and agrees with the log.
 * @param {string} code
 * @param {string} lang
 * @param {Signed} act
 * @param {Kept} key
 */
export async function handIn(code, lang, act, key) {
  const receipt = await submit(code, lang, act.submission(act.signature));
  const verdict = await verifyReceipt(receipt, { policy: policyOf(key.vkey) });
  const isMine = verdict.ok && equal(parseEntry(unbase64(receipt.entry, "entry")).statement, act.statement);
  return { receipt, verdict, isMine };
}

/**
 * What its author keeps: with it she can show later what she sealed.
 * @param {Signed} act
 * @param {import("./verify.js").Receipt} receipt
 */
export function fileOf(act, receipt) {
  const kept = { openings: act.openings.map(hex), receipt, statement: hex(act.statement) };
  return `${JSON.stringify(kept, null, 1)}\n`;
}
