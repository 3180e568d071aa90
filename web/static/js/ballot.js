/**
 * A ballot: what the ledger says is needed becomes a statement, is signed by a passkey, handed in, and its receipt is checked.
 * Nothing of it is shown here; vote-page.js does that.
 */

import { compose } from "./author.js";
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
/** @typedef {Map<string, string>} Choices item → agree, against or abstain */
/** @typedef {{ tag: string, stream: string, prev: string | null, place: number, stands: { index: number } | null, paper: string[] }} Head */
/** @typedef {{ ledger: string, poll: string, ballots: string, kind: string, opening: string, now: number, tags: Head[], checkpoint: string }} Needed as GET …/polls/{poll}/ballot says it */
/** @typedef {Composed & { signature: Uint8Array }} Signed */

const DAY_MS = 86_400_000;

/**
 * A log's own key as a policy: its receipts are checked under it.
 * @param {string} vkey
 */
export function policyOf(vkey) {
  return `log ${vkey}\nquorum none\n`;
}

/**
 * The statement of a ballot for one head, on the checkpoint that the log signed; Unproven when it did not.
 * @param {Needed} needed
 * @param {Head} head
 * @param {Choices} choices
 * @param {Kept} key
 * @param {boolean} isDemo a demo's time is its story's
 * @returns {Promise<Composed>}
 */
export async function composeBallot(needed, head, choices, key, isDemo) {
  const { checkpoint } = await verifyCheckpoint(needed.checkpoint, parsePolicy(policyOf(key.vkey)));
  if (checkpoint.origin !== needed.ledger || needed.ledger !== key.ledger) throw new Unproven("checkpoint", "of another ledger", "log");
  const isSealed = needed.ballots === "sealed";
  /** @type {[string, import("./codec.js").Value][]} */
  const said = isSealed ? [["items", [...choices.keys()].sort()]] : [["choices", choices]];
  return compose({
    kind: needed.kind,
    body: new Map([...said, ["poll", needed.poll], ["tag", unhex(head.tag)]]),
    openings: new Map(isSealed ? [["choices", choices]] : []),
    ledger: needed.ledger,
    stream: head.stream,
    about: unhex(needed.opening),
    prev: head.prev === null ? null : unhex(head.prev),
    seen: [Number(checkpoint.size), checkpoint.root],
    at: isDemo ? needed.now : Date.now(),
    until: needed.now + DAY_MS,
    by: key.keyId,
  });
}

/**
 * The passkey's signature, checked here before anybody else sees it.
 * @param {Composed} ballot
 * @param {Kept} key
 * @returns {Promise<Signed>}
 */
export async function signBallot(ballot, key) {
  const { rpId, credentialId, publicKey } = key;
  const signature = await signStatement({ rpId, credentialId, statement: ballot.statement });
  if (!(await verify(publicKey, signedBytes(ballot.statement), signature))) {
    throw new Unproven("signature", "not one that the ledger takes", "bad-signature");
  }
  return { ...ballot, signature };
}

/**
 * Hand in, and check that the receipt is of this very statement and agrees with the log.
 * @param {string} code
 * @param {string} lang
 * @param {Signed} ballot
 * @param {Kept} key
 */
export async function handIn(code, lang, ballot, key) {
  const receipt = await submit(code, lang, ballot.submission(ballot.signature));
  const verdict = await verifyReceipt(receipt, { policy: policyOf(key.vkey) });
  const isMine = verdict.ok && equal(parseEntry(unbase64(receipt.entry, "entry")).statement, ballot.statement);
  return { receipt, verdict, isMine };
}

/**
 * What its owner keeps: with it she can show later what she chose.
 * @param {Signed} ballot
 * @param {import("./verify.js").Receipt} receipt
 */
export function fileOf(ballot, receipt) {
  const kept = { openings: ballot.openings.map(hex), receipt, statement: hex(ballot.statement) };
  return `${JSON.stringify(kept, null, 1)}\n`;
}
