/**
 * Proof files: that an entry stands in a log (c2sp.org/tlog-proof v1).
 *
 *     c2sp.org/tlog-proof@v1
 *     index 1
 *     iipcm3aIJ95alVLDigRMZpWcaPbS8htSYK9U0vh9uCc=
 *
 *     ledger.example.org/log/440307-001/1
 *     2
 *     ...the rest of the checkpoint's note
 */

import { parseCheckpoint } from "./checkpoint.js";
import { Malformed } from "./errors.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { split } from "./note.js";
import { verifyCheckpoint } from "./policy.js";
import { beforeNote, decimal, unbase64, unbase64Hash, utf8 } from "./spelling.js";

/**
 * Place, path and checkpoint of an entry; `note` is the checkpoint as signed, `extra` is nobody's word and we write none.
 * @typedef {object} Proof
 * @property {bigint} index
 * @property {Uint8Array[]} hashes
 * @property {string} note
 * @property {import("./checkpoint.js").Checkpoint} checkpoint
 * @property {Uint8Array | null} extra
 */

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_HASHES = 63;

/**
 * The proof of a file's text; verifies nothing.
 * @param {string | Uint8Array} raw
 * @returns {Proof}
 */
export function parseProof(raw) {
  const [[header, ...rows], note] = beforeNote(utf8(raw, "proof"), "proof");
  const extra = rows[0]?.startsWith("extra ") ? unbase64(String(rows.shift()).slice(6), "proof") : null;
  const [place, ...path] = rows;
  if (header !== HEADER || !place?.startsWith("index ") || path.length > MAX_HASHES) {
    throw new Malformed("proof", `header, index and at most ${MAX_HASHES} hashes`);
  }
  const index = decimal(place.slice(6), "proof");
  const hashes = path.map((line) => unbase64Hash(line, "proof"));
  return { index, hashes, note, checkpoint: parseCheckpoint(split(note)[0]), extra };
}

/**
 * That these bytes are the entry `proof.index` of a log which the policy accepts.
 *
 * Malformed, or Unproven with code `log`, `quorum` or `unproven`.
 * @param {Uint8Array} entry
 * @param {Proof} proof
 * @param {import("./policy.js").Policy} policy
 */
export async function verifyProof(entry, proof, policy) {
  const leaf = leafHash(entry);
  const { checkpoint, witnesses } = await verifyCheckpoint(proof.note, policy);
  verifyInclusion(proof.index, checkpoint.size, leaf, proof.hashes, checkpoint.root);
  return { index: proof.index, checkpoint, witnesses };
}
