/**
 * The Merkle tree of RFC 6962 over SHA-256 and its proofs, verified as in RFC 9162.
 *
 *     leaf = SHA-256(00 entry)      node = SHA-256(01 left right)      empty tree = SHA-256()
 *
 * A tree of n leaves splits at the largest power of two below n; a lone right child is promoted, never repeated.
 */

import { equal } from "./bytes.js";
import { Malformed, Unproven } from "./errors.js";
import { sha256 } from "./hash.js";
import { HASH_SIZE } from "./spelling.js";

export const EMPTY = sha256();

/**
 * The leaf of an entry: a verifier computes it from the entry's bytes and never takes it from a proof's sender.
 * @param {Uint8Array} entry
 */
export function leafHash(entry) {
  return sha256(Uint8Array.of(0), entry);
}

/**
 * The node above two hashes.
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function nodeHash(left, right) {
  return sha256(Uint8Array.of(1), left, right);
}

/**
 * That `leaf` is the leaf hash number `index` of `size` under `root` (RFC 9162 section 2.1.3.2).
 * @param {bigint} index
 * @param {bigint} size
 * @param {Uint8Array} leaf
 * @param {Uint8Array[]} proof
 * @param {Uint8Array} root
 */
export function verifyInclusion(index, size, leaf, proof, root) {
  if (index < 0n || index >= size) throw new Malformed("inclusion proof", `no leaf ${index} in a tree of ${size}`);
  checkLengths("inclusion proof", [leaf, root, ...proof]);
  let top = leaf;
  for (const [sibling, isLeft] of sides(index, size - 1n, proof, "inclusion proof")) {
    top = isLeft ? nodeHash(sibling, top) : nodeHash(top, sibling);
  }
  if (!equal(top, root)) throw new Unproven("inclusion proof", "does not lead to the root");
}

/**
 * That the tree of `before` leaves is a prefix of the tree of `after` leaves (RFC 9162 section 2.1.4.2).
 *
 * Every tree grows from the empty one, without proof.
 * @param {bigint} before
 * @param {bigint} after
 * @param {Uint8Array[]} proof
 * @param {Uint8Array} rootBefore
 * @param {Uint8Array} rootAfter
 */
export function verifyConsistency(before, after, proof, rootBefore, rootAfter) {
  if (before < 0n || before > after) {
    throw new Malformed("consistency proof", `a tree of ${after} does not grow from one of ${before}`);
  }
  checkLengths("consistency proof", [rootBefore, rootAfter, ...proof]);
  if (before > 0n && before < after) return verifyGrowth(before, after, proof, rootBefore, rootAfter);
  if (proof.length) throw new Unproven("consistency proof", "nothing to prove");
  if ((!before && !equal(rootBefore, EMPTY)) || (before === after && !equal(rootBefore, rootAfter))) {
    throw new Unproven("consistency proof", "one size, two roots");
  }
}

/**
 * @param {bigint} before
 * @param {bigint} after
 * @param {Uint8Array[]} proof
 * @param {Uint8Array} rootBefore
 * @param {Uint8Array} rootAfter
 */
function verifyGrowth(before, after, proof, rootBefore, rootAfter) {
  // A complete old tree is its own first hash and is not told again.
  const path = before & (before - 1n) ? proof : [rootBefore, ...proof];
  if (!path.length) throw new Unproven("consistency proof", "no hashes");
  const levels = trailingZeros(before);
  let [old, grown] = [path[0], path[0]];
  for (const [sibling, isLeft] of sides((before - 1n) >> levels, (after - 1n) >> levels, path.slice(1), "consistency proof")) {
    if (isLeft) old = nodeHash(sibling, old);
    grown = isLeft ? nodeHash(sibling, grown) : nodeHash(grown, sibling);
  }
  if (!equal(old, rootBefore) || !equal(grown, rootAfter)) {
    throw new Unproven("consistency proof", "does not lead to both roots");
  }
}

/**
 * Each sibling and whether it stands to the left; the proof must be just as long as the tree is high.
 * @param {bigint} place
 * @param {bigint} last
 * @param {Uint8Array[]} proof
 * @param {string} what
 * @returns {Generator<[Uint8Array, boolean], void>}
 */
function* sides(place, last, proof, what) {
  for (const sibling of proof) {
    if (!last) throw new Unproven(what, "longer than the tree is high");
    const isLeft = (place & 1n) === 1n || place === last;
    yield [sibling, isLeft];
    // On the right edge lone nodes were promoted: levels without a sibling have no hash in the proof.
    const levels = isLeft ? 1n + trailingZeros(place) : 1n;
    place >>= levels;
    last >>= levels;
  }
  if (last) throw new Unproven(what, "shorter than the tree is high");
}

/** @param {bigint} number */
function trailingZeros(number) {
  return BigInt((number & -number).toString(2).length - 1);
}

/**
 * @param {string} what
 * @param {Uint8Array[]} given
 */
function checkLengths(what, given) {
  if (given.some((each) => each.length !== HASH_SIZE)) throw new Malformed(what, `a hash has ${HASH_SIZE} bytes`);
}
