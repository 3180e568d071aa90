import assert from "node:assert/strict";
import test from "node:test";

import { pack } from "../../web/static/js/codec.js";
import { ASIDE, BLANK, WHOLE, draft, freshPage, inOrder, meantBy, numberOf, pageOf, tagOf } from "../../web/static/js/paper.js";
import { keepReceipt, keptReceipts } from "../../web/static/js/receipts.js";
import { hex } from "./vectors.mjs";

const TAGS = ["01", "02", "03"].map((one) => one.repeat(16));
const SEALED = { poll: "lifts", ballots: "sealed", tags: TAGS };
const OPEN = { ...SEALED, ballots: "open" };
const TYPED = { 3: { use: "agree", levy: "altered", roof: "unsigned", lamps: "altered" }, 1: { use: "against", levy: "abstain" } };

/** @param {any} value */
function plain(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, one]) => [name, plain(one)]));
  if (value instanceof Uint8Array) return hex(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

test("what keys and words mean", () => {
  assert.deepEqual(["1", "２", "同意", " 弃 ", "AGREE"].map(meantBy), ["agree", "against", "agree", "abstain", "agree"]);
  assert.deepEqual(["0", "4", "9", "无效"].map(meantBy), [BLANK, ASIDE, WHOLE, ASIDE]);
  assert.deepEqual(["", "5", "toString", "同反"].map(meantBy), [undefined, undefined, undefined, undefined]);
});

test("a number has one spelling", () => {
  assert.deepEqual(["12", "第12号", "０１２", " 12-2 ", "票号 7"].map(numberOf), ["12", "12", "12", "12-2", "7"]);
  assert.deepEqual(["", "0", "-2", "12-1", "123456", "12-10", "a"].map(numberOf), Array(7).fill(null));
  assert.deepEqual(inOrder(["10", "2-2", "2", "1"]), ["1", "2", "2-2", "10"]);
});

test("the tag of a form is that of its place on the roll", () => {
  assert.deepEqual(["1", "3", "3-2", "4"].map((form) => tagOf(SEALED, form)), [TAGS[0], TAGS[2], TAGS[2], null]);
});

test("a sealed form shows its items, what is set aside, and never a choice", () => {
  const { rows, openings } = pageOf(SEALED, TYPED);
  const [first, third] = [{ for: TAGS[0], form: "1" }, { for: TAGS[2], form: "3" }];
  const of = (/** @type {any} */ fields, /** @type {string} */ tag) => ({ ...fields, poll: "lifts", tag });
  assert.deepEqual(plain(rows), [
    { ...first, body: of({ items: ["levy", "use"] }, TAGS[0]), kind: "ballot-sealed/1" },
    { ...third, body: of({ items: ["use"] }, TAGS[2]), kind: "ballot-sealed/1" },
    { ...third, body: of({ items: ["lamps", "levy"], reason: "altered" }, TAGS[2]), kind: "ballot-invalid/1" },
    { ...third, body: of({ items: ["roof"], reason: "unsigned" }, TAGS[2]), kind: "ballot-invalid/1" },
  ]);
  assert.deepEqual(plain(openings), { "choices/1": { use: "against", levy: "abstain" }, "choices/3": { use: "agree" } });
});

test("an open form shows its choices and seals nothing", () => {
  const { rows, openings } = pageOf(OPEN, { 2: { use: "agree" } });
  assert.deepEqual(plain(rows), [
    { for: TAGS[1], form: "2", body: { choices: { use: "agree" }, poll: "lifts", tag: TAGS[1] }, kind: "ballot-cast/1" },
  ]);
  assert.equal(openings.size, 0);
  assert.ok(pack(rows).length > 0);
});

test("a page's id is an id, and never the same", () => {
  const [one, other] = [freshPage("v".repeat(64)), freshPage("v".repeat(64))];
  assert.match(one, /^v{50}-[0-9a-f]{10}$/);
  assert.notEqual(one, other);
});

/** A browser's storage with room for so many characters; what there was before. @param {number} room */
function storage(room) {
  const held = new Map();
  globalThis.localStorage = /** @type {any} */ ({
    getItem: (/** @type {string} */ name) => held.get(name) ?? null,
    removeItem: (/** @type {string} */ name) => held.delete(name),
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => {
      if (value.length > room) throw new DOMException("full", "QuotaExceededError");
      held.set(name, value);
    },
  });
  return held;
}

test("a draft is kept until it is cleared, or says that it cannot be", () => {
  const held = storage(200);
  const mine = draft("ledger lifts record ");
  assert.deepEqual(mine.read(), {});
  assert.equal(mine.write({ 1: { use: "agree" } }), true);
  assert.deepEqual(draft("ledger lifts record ").read(), { 1: { use: "agree" } });
  assert.deepEqual(draft("ledger lifts key 00").read(), {});
  mine.clear();
  assert.equal(held.size, 0);
  assert.equal(mine.write({ 1: { use: "agree".repeat(99) } }), false);
  held.set("liuchi/draft/v1 x", "{");
  assert.deepEqual(draft("x").read(), {});
});

test("receipts are kept by ledger, the newest first, and the oldest go where there is no room", () => {
  const receipt = (/** @type {number} */ index) => /** @type {any} */ ({ index, leaf: `${index}`, entry: "e".repeat(50), proof: "", status: "recorded" });
  const kept = (/** @type {string} */ ledger) => keptReceipts(ledger).map((one) => one.receipt.index);
  storage(500);
  for (const index of [1, 2, 3]) keepReceipt("a", "confirmed/1", receipt(index));
  assert.deepEqual([kept("a"), kept("b")], [[3, 2, 1], []]);
  keepReceipt("a", "confirmed/1", receipt(2));
  keepReceipt("b", "confirmed/1", receipt(4));
  assert.deepEqual([kept("a"), kept("b")], [[2, 3], [4]]);
});
