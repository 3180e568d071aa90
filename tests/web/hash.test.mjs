import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";

import { sha256, sha512 } from "../../web/static/js/hash.js";
import { shake } from "../../web/static/js/keccak.js";
import { hex, utf8 } from "./vectors.mjs";

const SIZE = 700;
const MESSAGE = Uint8Array.from({ length: 1_100 }, (_, at) => (at * 167 + 13) & 0xff);

const HASHES = [
  ["sha256", (message) => sha256(message), {}],
  ["sha512", (message) => sha512(message), {}],
  ["shake128", (message) => shake(128, [message], SIZE), { outputLength: SIZE }],
  ["shake256", (message) => shake(256, [message], SIZE), { outputLength: SIZE }],
];

for (const [name, hash, options] of HASHES) {
  test(`${name} agrees with OpenSSL on every length across several blocks`, () => {
    for (let length = 0; length <= 600; length += 1) {
      const message = MESSAGE.subarray(0, length);
      assert.equal(hex(hash(message)), createHash(name, options).update(message).digest("hex"), `${length} bytes`);
    }
  });
}

test("parts are hashed as one byte string", () => {
  assert.equal(hex(sha256(utf8("a"), utf8(""), utf8("bc"))), hex(sha256(utf8("abc"))));
  assert.equal(hex(sha512(utf8("a"), utf8(""), utf8("bc"))), hex(sha512(utf8("abc"))));
  assert.equal(hex(shake(256, [utf8("a"), utf8("bc")], 8)), hex(shake(256, [utf8("abc")], 8)));
});

test("the largest entry is hashed whole", () => {
  const entry = new Uint8Array(65_535).fill(7);
  assert.equal(hex(sha256(entry)), createHash("sha256").update(entry).digest("hex"));
});
