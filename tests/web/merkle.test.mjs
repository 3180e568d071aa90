import assert from "node:assert/strict";
import test from "node:test";

import { concat } from "../../web/static/js/bytes.js";
import { sha256 } from "../../web/static/js/hash.js";
import { EMPTY, leafHash, verifyConsistency, verifyInclusion } from "../../web/static/js/merkle.js";
import { hex, load, path, refuses, root, un64, unhex } from "./vectors.mjs";

const { reference_tree: REFERENCE, range_tree: RANGE } = load("rfc6962");
const [INCLUSION, CONSISTENCY] = ["merkle-inclusion", "merkle-consistency"].map(load);
const HUGE = 2n ** 63n - 1n;

/**
 * @param {any} each
 * @param {() => void} act
 */
const judged = (each, act) => (each.our_want_err ? refuses(act) : act());

for (const each of [...INCLUSION.cases, ...INCLUSION.own_cases]) {
  test(`inclusion: ${each.case ?? each.name}`, () =>
    judged(each, () => {
      const [index, size] = [BigInt(each.leafIdx), BigInt(each.treeSize)];
      verifyInclusion(index, size, un64(each.leafHash), each.proof.map(un64), un64(each.root));
    }));
}

for (const each of [...CONSISTENCY.cases, ...CONSISTENCY.own_cases]) {
  test(`consistency: ${each.case ?? each.name}`, () =>
    judged(each, () => {
      const [before, after] = [BigInt(each.size1), BigInt(each.size2)];
      verifyConsistency(before, after, each.proof.map(un64), un64(each.root1), un64(each.root2));
    }));
}

test("the reference tree has its hashes", () => {
  const leaves = REFERENCE.leaves_hex.map(unhex).map(leafHash);
  assert.deepEqual(leaves.map(hex), REFERENCE.leaf_hashes_hex);
  REFERENCE.roots_hex.forEach((digits, size) => assert.equal(hex(root(leaves.slice(0, size))), digits));
});

test("each leaf and each prefix of the reference tree is proven", () => {
  const leaves = REFERENCE.leaf_hashes_hex.map(unhex);
  const at = (size) => root(leaves.slice(0, size));
  for (const { index, size, proof_hex } of REFERENCE.inclusion) {
    assert.deepEqual(path(index, leaves.slice(0, size)), proof_hex.map(unhex));
    verifyInclusion(BigInt(index), BigInt(size), leaves[index], proof_hex.map(unhex), at(size));
  }
  for (const { old, new: grown, proof_hex } of REFERENCE.consistency) {
    verifyConsistency(BigInt(old), BigInt(grown), proof_hex.map(unhex), at(old), at(grown));
  }
});

test("every tree up to 256 leaves", () => {
  const leaves = Array.from({ length: 256 }, (_, n) => leafHash(Uint8Array.of(n)));
  const roots = Array.from({ length: 257 }, (_, size) => root(leaves.slice(0, size)));
  assert.equal(hex(sha256(concat(roots))), RANGE.digest_hex);
  assert.equal(hex(EMPTY), RANGE.spot_roots_hex[0]);
});

test("each leaf of every tree up to 33 leaves is proven, in its own place only", async () => {
  for (let size = 1; size <= 33; size += 1) {
    const leaves = Array.from({ length: size }, (_, n) => leafHash(Uint8Array.of(n)));
    for (let index = 0; index < size; index += 1) {
      const proof = path(index, leaves);
      const verify = (place, hashes) => verifyInclusion(BigInt(place), BigInt(size), leaves[index], hashes, root(leaves));
      verify(index, proof);
      await refuses(() => verify((index + 1) % (size + 1), proof));
      await refuses(() => verify(index, [...proof, EMPTY]), "unproven");
    }
  }
});

test("the largest sizes are exact", async () => {
  const proof = Array.from({ length: 63 }, () => EMPTY);
  await refuses(() => verifyInclusion(HUGE - 1n, HUGE, EMPTY, proof.slice(0, 62), EMPTY), "unproven");
  await refuses(() => verifyInclusion(HUGE, HUGE, EMPTY, proof, EMPTY), "malformed");
  await refuses(() => verifyInclusion(-1n, HUGE, EMPTY, proof, EMPTY), "malformed");
  await refuses(() => verifyConsistency(HUGE - 1n, HUGE, proof, EMPTY, EMPTY), "unproven");
  await refuses(() => verifyConsistency(-1n, HUGE, [], EMPTY, EMPTY), "malformed");
});
