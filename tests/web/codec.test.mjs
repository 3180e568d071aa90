import assert from "node:assert/strict";
import test from "node:test";

import { concat } from "../../web/static/js/bytes.js";
import { pack, unpack } from "../../web/static/js/codec.js";
import { sha256 } from "../../web/static/js/hash.js";
import { hex, load, refuses, unhex, value } from "./vectors.mjs";

const VECTORS = load("canonical-msgpack");

const large = ({ head_hex, repeat_hex, count }) => concat([unhex(head_hex), unhex(repeat_hex.repeat(count))]);

/** @param {number} depth */
function nested(depth) {
  let inner = 0;
  for (let left = depth; left; left -= 1) inner = [inner];
  return inner;
}

for (const { name, hex: digits, value: tagged } of VECTORS.accept) {
  test(`a value has one spelling: ${name}`, () => {
    assert.deepEqual(unpack(unhex(digits)), value(tagged));
    assert.equal(hex(pack(value(tagged))), digits);
  });
}

for (const { name, hex: digits } of VECTORS.refuse) {
  test(`every other spelling is refused: ${name}`, () => refuses(() => unpack(unhex(digits)), "malformed"));
}

for (const each of VECTORS.accept_large) {
  test(`large values are read: ${each.name}`, () => {
    assert.equal(hex(sha256(large(each))), each.sha256);
    assert.equal(hex(pack(unpack(large(each)))), hex(large(each)));
  });
}

for (const each of VECTORS.refuse_large) {
  test(`large misspellings are refused: ${each.name}`, () => refuses(() => unpack(large(each)), "malformed"));
}

const UNPACKABLE = {
  float: 1.5,
  "int 2^64": 2n ** 64n,
  "int -2^63-1": -(2n ** 63n) - 1n,
  "str with a lone surrogate (U+D800)": "\ud800",
  "map with an integer key": new Map([[1, 2]]),
  "depth 17": nested(17),
  "date or time object": new Date(0),
};
const MORE_UNPACKABLE = {
  "a number beyond 2^53-1, which may be inexact": 2 ** 53,
  "minus zero": -0,
  "not a number": NaN,
  undefined: undefined,
  "a plain object": { a: 1 },
  "a map key with a lone surrogate": new Map([["\udc00", 1]]),
  "an array with a hole of undefined": [undefined],
};

for (const { name } of VECTORS.encoder_must_refuse) {
  test(`what has no form is not written: ${name}`, async () => {
    assert.ok(name in UNPACKABLE);
    await refuses(() => pack(UNPACKABLE[name]), "malformed");
  });
}

for (const [name, what] of Object.entries(MORE_UNPACKABLE)) {
  test(`what only looks like a value is not written: ${name}`, () => refuses(() => pack((what)), "malformed"));
}

test("sixteen containers may be open", () => assert.deepEqual(unpack(pack(nested(16))), nested(16)));

test("an integer is a number as far as numbers are exact and a BigInt beyond", () => {
  for (const exact of [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1), 2n ** 53n, -(2n ** 53n), 2n ** 64n - 1n, -(2n ** 63n)]) {
    assert.strictEqual(unpack(pack(exact)), exact);
  }
  assert.strictEqual(unpack(pack(5n)), 5);
});

test("keys that JavaScript treats apart are keys like any other", () => {
  const map = new Map([["10", 1], ["2", 2], ["__proto__", 3], ["constructor", 4]]);
  assert.deepEqual(unpack(pack(map)), map);
});
