import assert from "node:assert/strict";
import test from "node:test";

import { countedWords, isOwn, verifyOwn } from "../../web/static/js/verify-own.js";
import { verifyTexts } from "../../web/static/js/verify-page.js";
import { load } from "./vectors.mjs";

const VECTORS = load("own-rows");
const { policy } = VECTORS;
const GOOD = VECTORS.accept[0].file;

/** The names of the steps that were taken and failed. @param {any} file */
const failed = async (file) => (await verifyOwn(file, { policy })).steps.filter((one) => one.checked && !one.ok).map((one) => one.name);

for (const each of VECTORS.accept) {
  test(`an owner's rows hold: ${each.case}`, async () => {
    const { ok, came, sentence, rows } = await verifyOwn(each.file, { policy });
    assert.deepEqual([ok, came], [true, "ok"]);
    const told = rows.map(({ item, countedAs, area, zh, en }) => ({ item, counted_as: countedAs, area, zh, en }));
    assert.deepEqual(told, each.rows);
    for (const { item, zh, en } of each.rows) {
      assert.ok(sentence.zh.includes(`${item} ${zh}`), sentence.zh);
      assert.ok(sentence.en.includes(`${item}: ${en}`), sentence.en);
    }
    assert.ok(sentence.zh.includes(`与台账第${each.file.result.index}条一致`));
  });
}

for (const each of VECTORS.refuse) {
  test(`an owner's rows do not hold: ${each.case}`, async () => {
    const { ok, came } = await verifyOwn(each.file, { policy });
    assert.deepEqual([ok, came], [false, "differs"]);
    assert.equal((await failed(each.file))[0], each.failed);
  });
}

for (const each of VECTORS.malformed) {
  test(`what is no rows is not read: ${each.case}`, async () => {
    assert.equal((await verifyOwn({ ...GOOD, rows: each.rows }, { policy })).ok, false);
  });
}

test("every way in which a row is counted has the same words everywhere", () => {
  for (const { counted_as, area, zh, en } of VECTORS.words) assert.deepEqual(countedWords(counted_as, area), { zh, en });
});

test("rows that do not hold never say how anything was counted", async () => {
  const { sentence } = await verifyOwn(VECTORS.refuse[0].file, { policy });
  assert.match(sentence.zh, /但计票明细与结果不一致$/);
  assert.match(sentence.en, /but the rows are not those of the result$/);
});

test("without the ledger's key nothing is said of the rows", async () => {
  const { ok, came, sentence } = await verifyOwn(GOOD, { policy: "quorum none\n" });
  assert.deepEqual([ok, came], [false, "short"]);
  assert.match(sentence.zh, /^无法核对/);
});

test("what is no receipt at all is unreadable", async () => {
  for (const result of [null, {}, { ...GOOD.result, entry: "AAAA" }, { ...GOOD.result, entry: 7 }]) {
    assert.equal((await verifyOwn({ ...GOOD, result }, { policy })).ok, false);
  }
});

test("the page tells rows from a receipt", async () => {
  assert.ok(isOwn(GOOD));
  for (const other of [GOOD.result, null, 7, [], { ...GOOD, more: 1 }]) assert.equal(isOwn(other), false);
  assert.equal((await verifyTexts(JSON.stringify(GOOD), policy.trim())).ok, true);
  assert.equal((await verifyTexts(JSON.stringify(GOOD.result), policy)).ok, true);
});
