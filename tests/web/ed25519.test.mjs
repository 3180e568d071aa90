import assert from "node:assert/strict";
import test from "node:test";

import { native, portable, verify } from "../../web/static/js/ed25519.js";
import { key } from "./receipts.mjs";
import { load, unhex, utf8 } from "./vectors.mjs";

const { cases: STRICT } = load("ed25519-strict");
/** Encodings of the points of small order, canonical or not (docs/spec/suites.md). */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

for (const [name, equation] of ([["WebCrypto", native], ["portable", portable], ["chosen", undefined]])) {
  for (const each of STRICT) {
    test(`${name}: accepted exactly when the strict check accepts it: ${each.case}`, async () => {
      const [publicKey, message, signature] = [each.public_key_hex, each.message_hex, each.signature_hex].map(unhex);
      assert.equal(await verify(publicKey, message, signature, equation), each.strict === "accept");
    });
  }

  test(`${name}: what a key signs verifies, and no other length, key, message or signature`, async () => {
    const { vkey, sign } = key("n", 0x77);
    const [message, other] = [utf8("一条记录"), key("n", 0x78).vkey.publicKey];
    const signature = sign(message);
    assert.equal(await verify(vkey.publicKey, message, signature, equation), true);
    assert.equal(await verify(other, message, signature, equation), false);
    assert.equal(await verify(vkey.publicKey, utf8("另一条"), signature, equation), false);
    assert.equal(await verify(vkey.publicKey.subarray(1), message, signature, equation), false);
    assert.equal(await verify(vkey.publicKey, message, signature.subarray(1), equation), false);
    for (const at of [0, 31, 32, 63]) {
      const changed = signature.map((byte, place) => (place === at ? byte ^ 1 : byte));
      assert.equal(await verify(vkey.publicKey, message, changed, equation), false);
    }
  });

  test(`${name}: 32 bytes that are no point of the curve are no key`, async () => {
    const signature = key("n", 0x77).sign(utf8("m"));
    assert.equal(await verify(Uint8Array.of(2, ...new Uint8Array(31)), utf8("m"), signature, equation), false);
  });
}

for (const digits of SMALL_ORDER) {
  test(`a point of small order is neither key nor R, whatever the equation says: ${digits}`, async () => {
    const point = unhex(digits);
    const zero = new Uint8Array(32);
    const yes = () => true;
    assert.equal(await verify(point, utf8("m"), key("n", 1).sign(utf8("m")), yes), false);
    assert.equal(await verify(key("n", 1).vkey.publicKey, utf8("m"), new Uint8Array([...point, ...zero]), yes), false);
  });
}

/**
 * The module as a browser with this WebCrypto would load it.
 * @param {string} name
 * @param {object | undefined} subtle
 */
async function loadedWith(name, subtle) {
  const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Object.defineProperty(globalThis, "crypto", { value: { subtle }, configurable: true });
  try {
    const module = await import(`../../web/static/js/ed25519.js?${name}`);
    const parts = STRICT.map((each) => [each.public_key_hex, each.message_hex, each.signature_hex].map(unhex));
    return await Promise.all(parts.map((each) => module.verify(...each)));
  } finally {
    Object.defineProperty(globalThis, "crypto", (own));
  }
}

const BROWSERS = [
  ["no WebCrypto, as on a page without https", undefined],
  ["WebCrypto without Ed25519", { importKey: async () => { throw new Error("NotSupportedError"); } }],
  ["WebCrypto that multiplies by the cofactor", { importKey: async () => ({}), verify: async () => true }],
];
for (const [name, subtle] of BROWSERS) {
  test(`the verdicts stay strict with ${name}`, async () => {
    assert.deepEqual(await loadedWith(encodeURIComponent(name), subtle), STRICT.map((each) => each.strict === "accept"));
  });
}
