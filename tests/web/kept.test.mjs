import assert from "node:assert/strict";
import test from "node:test";

import { keptReceipt } from "../../web/static/js/kept.js";
import { load, unhex } from "./vectors.mjs";

const BALLOT = load("statement").accept.find((each) => each.openings_hex.length);
const RECEIPT = { entry: Buffer.from(unhex(BALLOT.entry_hex)).toString("base64"), index: 1 };
const KEPT = { openings: BALLOT.openings_hex, receipt: RECEIPT, statement: BALLOT.statement_hex };

test("a kept ballot is checked by its receipt", () => assert.equal(keptReceipt(KEPT), RECEIPT));

for (const other of [null, 7, "x", [], {}, RECEIPT, { ...KEPT, more: 1 }]) {
  test(`any other file is itself: ${JSON.stringify(other)?.slice(0, 20)}`, () => assert.equal(keptReceipt(other), other));
}

for (const [name, but] of Object.entries({
  "an opening less": { openings: [] }, "another opening": { openings: KEPT.openings.map(() => "93c0a0c0") }, "no hex": { openings: ["x"] },
  "openings of another sort": { openings: 7 }, "another statement": { statement: "00" }, "no statement": { statement: null },
  "no receipt": { receipt: null }, "another entry": { receipt: { entry: "AA==" } }, "no base64": { receipt: { entry: "!" } },
})) {
  test(`a kept ballot that does not hold what it seals is none: ${name}`, () => assert.equal(keptReceipt({ ...KEPT, ...but }), null));
}
