/**
 * The counted rows of a certified result: one for every head in scope and item, under a root in the act.
 *
 *     row = [ballot leaf: bin32 or nil, item: str, tag: bin16, area: int of 0.01 m2, counted_as: str, nonce: bin16]
 *     leaf = SHA-256(00 row), rows ordered by item, then tag
 */

import { unpack } from "./codec.js";
import { Malformed } from "./errors.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { HASH_SIZE } from "./spelling.js";

/** @typedef {import("./codec.js").Value} Value */
/**
 * How one head's word on one item was counted; `ballot` is null where nothing was returned.
 * @typedef {object} Row
 * @property {Uint8Array | null} ballot
 * @property {string} item
 * @property {Uint8Array} tag
 * @property {number | bigint} area 0.01 m2
 * @property {string} countedAs
 * @property {Uint8Array} nonce
 */

const TAG_SIZE = 16;
const COUNTED_AS = ["agree", "against", "abstain", "blank", "conflicted", "invalid", "unclear", "unopened", "late", "none"];

/**
 * The row of canonical bytes.
 * @param {Uint8Array} raw
 * @returns {Row}
 */
export function parseRow(raw) {
  const fields = unpack(raw);
  const [ballot, item, tag, area, countedAs, nonce, ...more] = Array.isArray(fields) ? fields : [];
  if (
    (ballot === null || isBin(ballot, HASH_SIZE)) &&
    typeof item === "string" &&
    isBin(tag, TAG_SIZE) &&
    isArea(area) &&
    typeof countedAs === "string" &&
    COUNTED_AS.includes(countedAs) &&
    isBin(nonce, TAG_SIZE) &&
    !more.length
  ) {
    return { ballot, item, tag, area, countedAs, nonce };
  }
  throw new Malformed("counted row", "[ballot leaf or nil, item, tag, area, counted_as, nonce]");
}

/**
 * The row which these bytes are, proven to be number `index` of `size` under `root` of the certified act.
 * @param {Uint8Array} raw
 * @param {bigint} index
 * @param {bigint} size
 * @param {Uint8Array[]} path
 * @param {Uint8Array} root
 */
export function verifyRow(raw, index, size, path, root) {
  const row = parseRow(raw);
  verifyInclusion(index, size, leafHash(raw), path, root);
  return row;
}

/**
 * @param {Value | undefined} value
 * @param {number} size
 * @returns {value is Uint8Array}
 */
function isBin(value, size) {
  return value instanceof Uint8Array && value.length === size;
}

/**
 * @param {Value | undefined} value
 * @returns {value is number | bigint}
 */
function isArea(value) {
  return (typeof value === "number" || typeof value === "bigint") && value >= 0;
}
