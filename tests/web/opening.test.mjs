import assert from "node:assert/strict";
import test from "node:test";

import { pack } from "../../web/static/js/codec.js";
import { check, checkNames, context, digest, parseOpening, reveal } from "../../web/static/js/opening.js";
import { hex, load, refuses, unhex, value } from "./vectors.mjs";

const VECTORS = load("opening");

const place = ({ ledger, stream, prev_hex }) => ({ ledger, stream, prev: prev_hex === null ? null : unhex(prev_hex) });

/** @param {any} each */
function opened(each) {
  const [sealed, openings] = [each.sealed_hex.map(unhex), each.openings_hex.map(unhex)];
  const found = check(sealed, openings, place(each));
  checkNames(found, sealed, each);
  return { found, sealed, openings };
}

for (const each of VECTORS.digests) {
  test(`a digest binds an opening to its place: ${each.case}`, () => {
    const raw = unhex(each.opening_hex);
    const [salt, inner] = [unhex(each.salt_hex), value(each.value)];
    assert.deepEqual(parseOpening(raw), { salt, name: each.name, value: inner });
    assert.equal(hex(pack([salt, each.name, inner])), each.opening_hex);
    assert.equal(hex(context(place(each))), each.context_hex);
    assert.equal(hex(digest(context(place(each)), raw)), each.digest_hex);
  });
}

for (const each of VECTORS.accept) {
  test(`what is sealed is opened: ${each.case}`, () => {
    const { found, sealed, openings } = opened(each);
    const names = openings.map(parseOpening).map((opening) => opening.name);
    assert.deepEqual([...found.keys()], names.filter(Boolean));
    assert.deepEqual(reveal(sealed, openings.slice(0, 1), place(each)), new Map([...found].slice(0, names[0] ? 1 : 0)));
  });
}

for (const each of VECTORS.refuse) {
  test(`nothing can be opened two ways: ${each.case}`, () => refuses(() => opened(each), each.code));
}

test("a reader's opening must be one of the digests, each name once", async () => {
  const { sealed, openings } = opened(VECTORS.accept[0]);
  const here = place(VECTORS.accept[0]);
  await refuses(() => reveal(sealed.slice(1), openings, here), "sealed-not-opened");
  await refuses(() => reveal(sealed, openings, { ...here, stream: "ballot/other" }), "sealed-not-opened");
  const named = openings.find((raw) => parseOpening(raw).name);
  await refuses(() => reveal(sealed, [named, named], here), "opening-name");
});
