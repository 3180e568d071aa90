import assert from "node:assert/strict";
import test from "node:test";

import { parsePolicy } from "../../web/static/js/policy.js";
import { parseProof, verifyProof } from "../../web/static/js/proof.js";
import { base64 } from "../../web/static/js/spelling.js";
import { load, refuses, utf8 } from "./vectors.mjs";

const VECTORS = load("tlog-proof");
const [LOG, ...WITNESSES] = VECTORS.keys.slice(0, 4).map((each) => each.vkey);
const LINES = WITNESSES.map((vkey, at) => `witness w${at} ${vkey}\n`).join("");
const POLICY = parsePolicy(`log ${LOG}\n${LINES}group any any w0 w1 w2\nquorum any\n`);

for (const each of VECTORS.cases) {
  test(`a proof file shows where an entry stands: ${each.name}`, async () => {
    for (const raw of [each.proof, utf8(each.proof)]) {
      const proof = parseProof(raw);
      assert.equal(proof.extra && base64(proof.extra), each.extra_base64);
      const { index, checkpoint, witnesses } = await verifyProof(utf8(each.entry_utf8), proof, POLICY);
      assert.deepEqual([index, checkpoint.size], [BigInt(each.index), BigInt(each.size)]);
      assert.deepEqual(witnesses.map(({ witness }) => witness.vkey.name), each.verified_witnesses);
    }
    await refuses(() => verifyProof(utf8(`${each.entry_utf8}!`), parseProof(each.proof), POLICY), "unproven");
  });
}

test("what is not believed has a code", async () => {
  const proof = parseProof(VECTORS.cases[0].proof);
  await refuses(() => verifyProof(utf8("world"), proof, { ...POLICY, logs: [] }), "log");
  await refuses(() => verifyProof(utf8("world"), proof, { ...POLICY, quorum: "nobody" }), "quorum");
  await refuses(() => verifyProof(utf8("world"), { ...proof, index: 2n }, POLICY), "malformed");
});

for (const count of [62, 63, 64]) {
  test(`a proof has at most 63 hashes: ${count}`, async () => {
    const [, note] = VECTORS.cases[0].proof.split(/\n\n(.*)/s);
    const text = `c2sp.org/tlog-proof@v1\nindex 1\n${`${base64(new Uint8Array(32))}\n`.repeat(count)}\n${note}`;
    if (count > 63) await refuses(() => parseProof(text), "malformed");
    else assert.equal(parseProof(text).hashes.length, count);
  });
}
