import assert from "node:assert/strict";
import test from "node:test";

import { compose } from "../../web/static/js/author.js";
import { signedBytes, keyId, parseStatement } from "../../web/static/js/entry.js";
import { check } from "../../web/static/js/opening.js";
import { verify } from "../../web/static/js/webauthn.js";
import { hex, load, refuses, unhex, value } from "./vectors.mjs";

const { cases: CASES } = load("composed");
const PUBLIC_KEY = unhex(load("webauthn").signatures[0].public_key_hex);

/** @param {any} each */
function parts(each) {
  let drawn = 0;
  const openings = new Map(each.openings.map((one) => [one.name, "value" in one ? value(one.value) : undefined]));
  const { kind, ledger, stream } = each;
  const [body, about, prev, seen, until, at, by] = ["body", "about", "prev", "seen", "until", "at", "by"].map((name) => value(each[name]));
  return { kind, body, openings, ledger, stream, about, prev, seen, until: until ?? undefined, at, by,
    salt: (/** @type {number} */ size) => new Uint8Array(size).fill((drawn += 1)) };
}

for (const each of CASES) {
  test(`composed as in Python: ${each.case}`, async () => {
    const { statement, openings, submission } = compose(parts(each));
    assert.equal(hex(statement), each.statement_hex);
    assert.deepEqual(openings.map(hex), each.openings_hex);
    assert.equal(hex(submission(unhex(each.signature_hex))), each.submission_hex);
    assert.ok(await verify(PUBLIC_KEY, signedBytes(statement), unhex(each.signature_hex)));
    assert.equal(hex(keyId("webauthn-v1", PUBLIC_KEY)), hex(parts(each).by));
  });
}

test("every salt is fresh", () => {
  const { salt, ...rest } = parts(CASES[0]);
  const [one, other] = [compose(rest), compose(rest)];
  assert.notEqual(hex(one.openings[0]), hex(other.openings[0]));
  const { sealed, ...place } = parseStatement(one.statement);
  assert.ok(check(sealed, one.openings, place) instanceof Map);
});

test("what would be no statement is not composed", () => refuses(() => compose({ ...parts(CASES[0]), stream: "A" }), "malformed"));
