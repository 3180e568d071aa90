/**
 * Checkpoints: a tree's size and root as a note's text, and the cosignatures of witnesses.
 *
 *     ledger.example.org/log/440307-001/1
 *     2
 *     JCMzOarc7fKH0mJBPwPAKOuNs5ft0yooeAkRUbmb8g8=
 *
 * c2sp.org/tlog-checkpoint v1.0.0; tlog-cosignature v1.0.1 for type 0x04 (Ed25519), v1.1.0-rc.1 for 0x06 (ML-DSA-44).
 */

import { bigEndian, concat, encode, equal, unBigEndian } from "./bytes.js";
import { Malformed, Unproven } from "./errors.js";
import { EMPTY } from "./merkle.js";
import { openNote, split } from "./note.js";
import { COSIGNATURE, ED25519 } from "./signatures.js";
import { LARGEST, decimal, lines, unbase64Hash, utf8 } from "./spelling.js";

/** @typedef {import("./note.js").Vkey} Vkey */
/**
 * The head of one log; extension lines are shown, never trusted.
 * @typedef {{ origin: string, size: bigint, root: Uint8Array, extensions: string[] }} Checkpoint
 */

const MAX_NAME = 255;

/**
 * The checkpoint of a note's text; size 0 has the empty tree's root.
 * @param {string | Uint8Array} raw
 * @returns {Checkpoint}
 */
export function parseCheckpoint(raw) {
  const rows = lines(utf8(raw, "checkpoint"), "checkpoint");
  if (rows.length < 3 || rows.includes("")) throw new Malformed("checkpoint", "three or more lines, none empty");
  const [origin, digits, hash, ...extensions] = rows;
  const [size, root] = [decimal(digits, "checkpoint"), unbase64Hash(hash, "checkpoint")];
  if (!size && !equal(root, EMPTY)) throw new Malformed("checkpoint", "size 0 has one root only");
  return { origin, size, root, extensions };
}

/**
 * A checkpoint signed by at least one trusted key, log's or witness's; which must have signed is the policy's matter.
 * @param {string | Uint8Array} raw
 * @param {Vkey[]} trusted
 */
export async function openCheckpoint(raw, trusted) {
  const checkpoint = parseCheckpoint(split(raw)[0]);
  return { checkpoint, note: await openNote(raw, trusted, signed) };
}

/**
 * POSIX seconds at which a witness cosigned, from a verified blob.
 * @param {Uint8Array} blob
 */
export function cosignedAt(blob) {
  return unBigEndian(blob.subarray(0, 8));
}

/**
 * Message and signature of a line under a checkpoint, by the key's type.
 * @param {Vkey} vkey
 * @param {string} text
 * @param {Uint8Array} blob
 * @returns {[Uint8Array, Uint8Array]}
 */
function signed(vkey, text, blob) {
  if (vkey.type === ED25519) return [encode(text), blob];
  return [cosignatureMessage(text, cosignedAt(blob), vkey), blob.subarray(8)];
}

/**
 * What a witness signs; a timestamp lies within 1..2^63-1.
 * @param {string} text
 * @param {bigint} timestamp
 * @param {Vkey} vkey
 */
export function cosignatureMessage(text, timestamp, vkey) {
  if (timestamp < 1n || timestamp > LARGEST) {
    throw new Unproven(`cosignature of ${vkey.name}`, "a timestamp lies within 1..2^63-1");
  }
  if (vkey.type === COSIGNATURE) return encode(`cosignature/v1\ntime ${timestamp}\n${text}`);
  const { origin, size, root } = parseCheckpoint(text);
  // The subtree from leaf 0 is the whole tree; extension lines are not covered.
  const [name, time, end] = [counted(vkey.name), bigEndian(timestamp, 8), bigEndian(size, 8)];
  return concat([encode("subtree/v1\n\0"), name, time, counted(origin), new Uint8Array(8), end, root]);
}

/** @param {string} name */
function counted(name) {
  const raw = encode(name);
  if (raw.length > MAX_NAME) throw new Malformed("name", `1 to ${MAX_NAME} bytes`);
  return concat([Uint8Array.of(raw.length), raw]);
}
