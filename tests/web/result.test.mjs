import assert from "node:assert/strict";
import test from "node:test";

import { pack } from "../../web/static/js/codec.js";
import { leafHash } from "../../web/static/js/merkle.js";
import { parseRow, verifyRow } from "../../web/static/js/result.js";
import { hex, load, path, refuses, root, unhex, value } from "./vectors.mjs";

const VECTORS = load("results");
const RAWS = VECTORS.rows_hex.map(unhex);
const [ROOT, SIZE] = [unhex(VECTORS.root_hex), BigInt(VECTORS.size)];

test("rows are read", () => {
  assert.deepEqual(RAWS.map(parseRow).map(Object.values), value(VECTORS.rows));
  assert.deepEqual(value(VECTORS.rows).map(pack).map(hex), VECTORS.rows_hex);
  assert.equal(hex(root(RAWS.map(leafHash))), VECTORS.root_hex);
});

for (const [owner, rows] of Object.entries(VECTORS.owners)) {
  test(`an owner checks her rows: ${owner}`, () => {
    for (const { row, row_hex, path_hex } of rows) {
      assert.deepEqual(path(row, RAWS.map(leafHash)), path_hex.map(unhex));
      assert.deepEqual(verifyRow(unhex(row_hex), BigInt(row), SIZE, path_hex.map(unhex), ROOT), parseRow(RAWS[row]));
    }
  });
}

for (const each of VECTORS.refuse) {
  test(`a row that is not this is refused: ${each.case}`, () =>
    refuses(() => verifyRow(unhex(each.row_hex), BigInt(each.row), BigInt(each.size), each.path_hex.map(unhex), ROOT)));
}

const ROW = value(VECTORS.rows[0]);
const OTHER_FORMS = [
  ["five elements", ROW.slice(0, 5)],
  ["seven elements", [...ROW, null]],
  ["a ballot leaf of 31 bytes", [new Uint8Array(31), ...ROW.slice(1)]],
  ["an area below zero", [...ROW.slice(0, 3), -1, ...ROW.slice(4)]],
  ["an area that is a boolean", [...ROW.slice(0, 3), true, ...ROW.slice(4)]],
  ["a word of its own", [...ROW.slice(0, 4), "deemed", ROW[5]]],
  ["no array", new Map([["item", "1"]])],
];
for (const [name, fields] of OTHER_FORMS) {
  test(`a row of another form is refused: ${name}`, () => refuses(() => parseRow(pack(fields)), "malformed"));
}

test("an area beyond 2^53 is exact", () => {
  const large = 2n ** 53n + 1n;
  assert.equal(parseRow(pack([...ROW.slice(0, 3), large, ...ROW.slice(4)])).area, large);
});
