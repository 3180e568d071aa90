import assert from "node:assert/strict";
import test from "node:test";

import { concat, hex } from "../../web/static/js/bytes.js";
import { fromDer, isAtHome, packPublicKey, packSignature, parsePasskey, siteFor, verify } from "../../web/static/js/webauthn.js";
import { unpack } from "../../web/static/js/codec.js";
import { load, refuses, unhex } from "./vectors.mjs";

const { keys: KEYS, signatures: SIGNATURES } = load("webauthn");

const POINT = unpack(unhex(SIGNATURES[0].public_key_hex))[1];

for (const each of SIGNATURES) {
  test(`a passkey's signature: ${each.case}: ${each.verdict}`, async () => {
    const given = [each.public_key_hex, each.message_hex, each.signature_hex].map(unhex);
    assert.equal(await verify(...given), each.verdict === "accept");
  });
}

for (const each of KEYS) {
  test(`a passkey's public key: ${each.case}`, () => {
    const publicKey = unhex(each.public_key_hex);
    assert.equal(parsePasskey(publicKey) !== null, each.admissible);
    assert.equal(isAtHome(publicKey, each.ledger), each.at_home);
  });
}

test("what an authenticator gives becomes the suite's bytes", () => {
  const { public_key_hex, signature_hex } = SIGNATURES[0];
  const [data, client, rs] = unpack(unhex(signature_hex));
  assert.equal(hex(packSignature(data, client, der(rs.slice(0, 32), rs.slice(32)))), signature_hex);
  assert.equal(hex(packPublicKey(...unpack(unhex(public_key_hex)))), public_key_hex);
});

/** @param {number} first @param {number} size */
const bytes = (first, size) => Uint8Array.from({ length: size }, (_, at) => (at ? 1 : first));

/** @param {Uint8Array[]} integers */
function der(...integers) {
  const inner = concat(integers.map((raw) => {
    const from = raw.findIndex((byte) => byte);
    const bare = raw.slice(from);
    const whole = bare[0] > 127 ? concat([Uint8Array.of(0), bare]) : bare;
    return concat([Uint8Array.of(2, whole.length), whole]);
  }));
  return concat([Uint8Array.of(0x30, inner.length), inner]);
}

for (const [first, size] of [[0x01, 32], [0x80, 32], [0xff, 32], [0x01, 31], [0x80, 31], [0x7f, 1]]) {
  test(`an integer of ${size} bytes that begins with ${first} fills its 32`, () => {
    const raw = concat([new Uint8Array(32 - size), bytes(first, size)]);
    assert.equal(hex(fromDer(der(raw, raw))), hex(concat([raw, raw])));
  });
}

for (const [name, raw] of Object.entries({
  empty: "", "no sequence": "3106020101020101", "cut short": "3006020101020101".slice(0, -2), "a byte after it": "300602010102010100",
  "three integers": "3009020101020101020101", "an empty integer": "30050200020101", "another type": "3006040101020101",
  "33 bytes": `3026022101${"00".repeat(32)}020101`, "second length wrong": "3006020101020201",
})) {
  test(`no DER of two integers is refused: ${name}`, () => refuses(() => fromDer(unhex(raw)), "malformed"));
}

for (const [ledger, host, site] of [
  ["ledger.example.org/log/1/1", "ledger.example.org", "ledger.example.org"],
  ["ledger.example.org:8443/log/1/1", "ledger.example.org", "ledger.example.org"],
  ["ledger.example.org/log/1/1", "vote.ledger.example.org", "ledger.example.org"],
  ["ledger.example.org/log/1/1", "example.org", "example.org"],
  ["ledger.example.org/log/1/1", "other.example.org", null],
  ["ledger.example.org/log/1/1", "localhost", null],
  ["ledger.example.org/log/1/1", "127.0.0.1", null],
  ["demo.example.org/log/1/1", "localhost", "localhost"],
  ["demo.example.org/log/1/1", "example.org", "example.org"],
  ["localhost/log/1/1", "localhost", "localhost"],
]) {
  test(`a page at ${host} makes keys for ${ledger}: ${site}`, () => {
    assert.equal(siteFor(ledger, host), site);
    if (site) assert.ok(isAtHome(packPublicKey(site, POINT), ledger));
  });
}
