import assert from "node:assert/strict";
import test from "node:test";

import { pack, unpack } from "../../web/static/js/codec.js";
import { verify } from "../../web/static/js/ed25519.js";
import { keyId, parseEntry, parseStatement, signedBytes, statementHash } from "../../web/static/js/entry.js";
import { Unproven } from "../../web/static/js/errors.js";
import { leafHash } from "../../web/static/js/merkle.js";
import { check } from "../../web/static/js/opening.js";
import { hex, load, refuses, root, unhex, value } from "./vectors.mjs";

const VECTORS = load("statement");

for (const each of VECTORS.accept) {
  const [raw, entry, publicKey] = [each.statement_hex, each.entry_hex, each.public_key_hex].map(unhex);

  test(`a statement is read: ${each.case}`, () => {
    assert.deepEqual(new Map(Object.entries(parseStatement(raw))), value(each.statement));
    assert.equal(hex(statementHash(raw)), each.statement_hash_hex);
    assert.equal(hex(keyId(each.suite, publicKey)), each.key_id_hex);
    assert.equal(hex(parseStatement(raw).by), each.key_id_hex);
  });

  test(`its entry is read, and signed by its author: ${each.case}`, async () => {
    const { statement, suite, signature, recordedAt } = parseEntry(entry);
    assert.equal(hex(statement), each.statement_hex);
    assert.deepEqual([suite, hex(signature), String(recordedAt)], [each.suite, each.signature_hex, each.recorded_at]);
    assert.equal(hex(leafHash(entry)), each.leaf_hash_hex);
    assert.equal(await verify(publicKey, signedBytes(statement), signature), true);
    assert.equal(await verify(publicKey, statement, signature), false);
  });

  test(`its openings open it: ${each.case}`, () => {
    const { sealed, ledger, stream, prev } = parseStatement(raw);
    const openings = each.openings_hex.map(unhex);
    assert.ok(check(sealed, openings, { ledger, stream, prev }) instanceof Map);
  });

  test(`a statement lacking a key or holding one more is refused: ${each.case}`, async () => {
    const fields = unpack(raw);
    for (const name of fields.keys()) await refuses(() => parseStatement(pack(without(fields, name))), "malformed");
    await refuses(() => parseStatement(pack(new Map([...fields, ["zeal", null]]))), "malformed");
    await refuses(() => parseStatement(pack(new Map([...without(fields, "until"), ["toString", 1]]))), "malformed");
  });
}

/**
 * @param {Map<string, any>} fields
 * @param {string} name
 */
const without = (fields, name) => new Map([...fields].filter(([key]) => key !== name));

test("the entries are a log", () => {
  const leaves = VECTORS.accept.map((each) => unhex(each.leaf_hash_hex));
  VECTORS.roots_hex.forEach((digits, at) => {
    assert.equal(hex(root(leaves.slice(0, at + 1))), digits);
  });
});

for (const each of VECTORS.refuse_statements) {
  test(`a statement of another form is refused: ${each.case}`, () =>
    refuses(() => parseStatement(unhex(each.statement_hex)), "malformed"));
}

const KEYS = new Map(
  VECTORS.accept.map(({ key_id_hex, suite, public_key_hex }) => [key_id_hex, { suite, publicKey: unhex(public_key_hex) }]),
);
/** Refused for their form alone; the others need a key or a clock. */
const FORM_OF_ENTRY = ["three elements", "a list of signatures", "recorded_at as text", "trailing byte"];

/**
 * What the vectors demand of an entry: form, a known key in its suite, its signature, recorded in time.
 * @param {Uint8Array} raw
 */
async function admit(raw) {
  const entry = parseEntry(raw);
  const { by, until } = parseStatement(entry.statement);
  const { suite, publicKey } = KEYS.get(hex(by));
  const isSigned = suite === entry.suite && (await verify(publicKey, signedBytes(entry.statement), entry.signature));
  if (!isSigned || entry.recordedAt > until) throw new Unproven("entry", "not signed by its author in time");
}

for (const each of VECTORS.accept) {
  test(`an entry is admitted: ${each.case}`, () => admit(unhex(each.entry_hex)));
}

for (const each of VECTORS.refuse_entries) {
  test(`a false entry is refused: ${each.case}`, async () => {
    await refuses(() => admit(unhex(each.entry_hex)));
    if (FORM_OF_ENTRY.includes(each.case)) await refuses(() => parseEntry(unhex(each.entry_hex)), "malformed");
  });
}

const LARGEST = 2 ** 53 - 1;
const [ZERO, ONE] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
const map = (...pairs) => new Map(pairs);
const DEEP = map(["a", [map(["b", [null, true, Uint8Array.of(255), "id", 0]])]]);

const TYPES = [
  ["about", [null, ZERO], [new Uint8Array(31), "", 0, false]],
  ["at", [0, -1, LARGEST, -LARGEST], [2n ** 53n, -(2n ** 53n), null, true]],
  ["body", [map(), DEEP, map(["", ""]), map(["a", LARGEST], ["b", -LARGEST])], [null, [], "a", map(["a b", 1])]],
  ["body", [], [map(["\n", 1]), map(["a", [map(["é", 1])]]), map(["a", ["\x7f"]]), map(["a", [2n ** 53n]])]],
  ["body", [], [map(["a", map(["b", "c d"])])]],
  ["by", [ZERO], [null, new Uint8Array(33)]],
  ["kind", ["a", "!", "~"], ["", "a b", "é", "a\x7f", "a\n", null, Uint8Array.of(97)]],
  ["ledger", ["a.b/1"], ["", "a\0", " a"]],
  ["prev", [null, ZERO], [new Uint8Array(0), []]],
  ["sealed", [[], [ZERO], [ZERO, ONE]], [null, [new Uint8Array(0)], [ZERO, ZERO], [ONE, ZERO], [0]]],
  ["seen", [null, [0, ZERO], [LARGEST, ZERO]], [[-1, ZERO], [true, ZERO], [0, new Uint8Array(0)], [0], [0, ZERO, 0], 0]],
  ["stream", ["a", "0-", "a/b/c/d", "x".repeat(64)], ["", "/", "a/", "-a", "A", "a/b/c/d/e", "x".repeat(65), "a\n", null]],
  ["until", [0, LARGEST], [2n ** 53n, "0"]],
];
const FIELDS = value(VECTORS.accept[1].statement);

for (const [name, good, bad] of TYPES) {
  test(`each field has its type: ${name}`, async () => {
    for (const held of good) {
      const fields = new Map([...FIELDS, [name, held]]);
      assert.deepEqual(new Map(Object.entries(parseStatement(pack(fields)))), fields);
    }
    for (const held of bad) await refuses(() => parseStatement(pack(new Map([...FIELDS, [name, held]]))), "malformed");
  });
}

for (const size of [65_534, 65_535, 65_536]) {
  test(`an entry has at most 65,535 bytes: ${size}`, async () => {
    const sized = (room) => pack([new Uint8Array(room), "s", new Uint8Array(0), 5]);
    const raw = sized(60_000 + size - sized(60_000).length);
    assert.equal(raw.length, size);
    if (size > 65_535) await refuses(() => parseEntry(raw), "malformed");
    else assert.equal(parseEntry(raw).recordedAt, 5);
  });
}
