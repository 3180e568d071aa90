import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { pack, unpack } from "../../web/static/js/codec.js";
import { sha256 } from "../../web/static/js/hash.js";
import { rows, verifyTexts } from "../../web/static/js/verify-page.js";
import { verifyReceipt } from "../../web/static/js/verify.js";
import { ENTRIES, POLICY, key, receipt } from "./receipts.mjs";
import { hex, un64, utf8 } from "./vectors.mjs";

const SCRIPTS = new URL("../../web/static/js/", import.meta.url);
const NAMES = ["receipt", "policy", "entry", "leaf", "proof", "known", "ledger", "signature", "witnesses", "inclusion", "act"];

/**
 * The sentence, and the steps that ran and did not pass.
 * @param {unknown} given
 * @param {string} [policy]
 */
async function outcome(given, policy = POLICY) {
  const { ok, sentence, steps } = await verifyReceipt(given, { policy });
  const failed = steps.filter((step) => step.checked && !step.ok).map((step) => step.name);
  return { ok, zh: sentence.zh, failed };
}

for (const index of ENTRIES.keys()) {
  test(`the receipt of entry ${index} agrees with the ledger`, async () => {
    const { ok, sentence, steps } = await verifyReceipt(receipt(index), { policy: POLICY });
    assert.equal(ok, true);
    assert.equal(sentence.zh, `与台账第${index}条一致`);
    assert.equal(sentence.en, `Agrees with entry ${index} of the ledger`);
    assert.deepEqual(steps.map((step) => [step.name, step.ok]), NAMES.map((name) => [name, true]));
  });
}

test("the act is shown: kind, moment in Shanghai, ledger, and what is not checked", async () => {
  const { steps } = await verifyReceipt(receipt(1), { policy: POLICY });
  const { zh, en, detail } = steps[steps.length - 1];
  const ledger = "ledger.example.org/log/440307-001/1";
  assert.equal(zh, `投票，2026-11-03 08:01:01（北京时间）登记于台账 ${ledger}。本页不核对作者本人的签名。`);
  assert.match(en, /^ballot-cast\/1, recorded 2026-11-03 08:01:01 \(Asia\/Shanghai\) in ledger .* is not checked/);
  assert.match(detail, /^ballot\/2026-fee\/5b0c6f1e2d3a49788765432112345678 · ed25519-v1 bc8f2c6a/);
  assert.match(steps[8].detail, /^street 2026-11-03 08:01:40 · bureau 2026-11-03 08:01:41$/);
});

test("a moment beyond every calendar is shown in milliseconds", async () => {
  const fields = unpack(ENTRIES[3]);
  const late = pack([...fields.slice(0, 3), 2 ** 53 - 1]);
  const { ok, steps } = await verifyReceipt(receipt(3, { entries: [...ENTRIES.slice(0, 3), late] }), { policy: POLICY });
  assert.equal(ok, true);
  assert.match(steps[10].zh, /9007199254740991 ms/);
});

const GOOD = receipt(2);
const OTHER = receipt(1);
const DIFFERENT = [
  ["another entry's bytes", { ...GOOD, entry: OTHER.entry }, ["leaf"]],
  ["another entry's bytes and leaf", { ...GOOD, entry: OTHER.entry, leaf: OTHER.leaf }, ["inclusion"]],
  ["another leaf", { ...GOOD, leaf: OTHER.leaf }, ["leaf"]],
  ["bytes that are no entry", { ...GOOD, entry: "AAAA" }, ["entry", "leaf"]],
  ["an entry in another spelling", { ...GOOD, entry: `${GOOD.entry}\n` }, ["entry", "leaf"]],
  ["another index", { ...GOOD, index: 3 }, ["proof"]],
  ["another proof", { ...GOOD, proof: OTHER.proof }, ["proof"]],
  ["no proof", { ...GOOD, proof: "" }, ["proof"]],
  ["a proof without its last newline", { ...GOOD, proof: GOOD.proof.slice(0, -1) }, ["proof"]],
  ["another size", { ...GOOD, proof: GOOD.proof.replace("\n4\n", "\n5\n") }, ["signature"]],
  ["another index in the proof, too", { ...GOOD, index: 3, proof: GOOD.proof.replace("index 2", "index 3") }, ["inclusion"]],
];
for (const [name, given, failed] of DIFFERENT) {
  test(`a receipt does not agree: ${name}`, async () => {
    const found = await outcome(given);
    assert.equal(found.ok, false);
    assert.equal(found.zh, `与台账第${given.index}条不一致`);
    assert.deepEqual(found.failed, failed);
  });
}

test("an entry written for another ledger does not agree, even where a log took it in", async () => {
  const log = key("ledger.example.org/log/440307-002/1", 0x61);
  const { ok, sentence, steps } = await verifyReceipt(receipt(0, { log }), { policy: `log ${log.vkey.text}\nquorum none\n` });
  assert.deepEqual([ok, sentence.zh], [false, "与台账第0条不一致"]);
  const failed = steps.filter((step) => !step.ok).map((step) => [step.name, step.checked]);
  assert.deepEqual(failed, [["ledger", true], ["act", false]]);
});

const NO_RECEIPT = [
  ["nothing", null],
  ["undefined", undefined],
  ["a text", "receipt"],
  ["an array", []],
  ["a member missing", { ...GOOD, status: undefined }],
  ["a member more", { ...GOOD, note: "" }],
  ["another status", { ...GOOD, status: "counted" }],
  ["an index below zero", { ...GOOD, index: -1 }],
  ["an index that is no integer", { ...GOOD, index: 1.5 }],
  ["an index in words", { ...GOOD, index: "2" }],
  ["an index beyond exact numbers", { ...GOOD, index: 2 ** 53 }],
  ["a leaf in capitals", { ...GOOD, leaf: GOOD.leaf.toUpperCase() }],
  ["a leaf with a newline", { ...GOOD, leaf: `${GOOD.leaf}\n` }],
  ["an entry that is no text", { ...GOOD, entry: 5 }],
];
for (const [name, given] of NO_RECEIPT) {
  test(`what is no receipt cannot be checked: ${name}`, async () => {
    const found = await outcome(given);
    assert.deepEqual([found.ok, found.failed], [false, ["receipt"]]);
    assert.equal(found.zh, "无法核对：这不是一份完整的回执");
  });
}

test("without a policy nothing is believed, and nothing is denied", async () => {
  for (const policy of ["", "\n", "quorum nobody\n"]) {
    const found = await outcome(GOOD, policy);
    assert.deepEqual([found.ok, found.zh, found.failed], [false, "无法核对：没有可以读取的公钥文件", ["policy"]]);
  }
  const denied = await outcome({ ...GOOD, leaf: OTHER.leaf }, "");
  assert.equal(denied.zh, "与台账第2条不一致");
});

test("a ledger that the policy does not name cannot be checked", async () => {
  const found = await outcome(GOOD, `log ${key("ledger.example.org/log/440307-001/2", 0x41).vkey.text}\nquorum none\n`);
  assert.deepEqual([found.ok, found.zh, found.failed], [false, "无法核对：公钥文件没有列出这个台账的公钥", ["known"]]);
});

test("another key under the ledger's name does not agree", async () => {
  const found = await outcome(GOOD, `log ${key("ledger.example.org/log/440307-001/1", 0x62).vkey.text}\nquorum none\n`);
  assert.deepEqual([found.zh, found.failed], ["与台账第2条不一致", ["signature"]]);
});

for (const witnesses of [0, 1]) {
  test(`with ${witnesses} witnesses of two the entry agrees, and the verdict is not ok`, async () => {
    const found = await outcome(receipt(2, { witnesses }));
    assert.deepEqual([found.ok, found.failed], [false, ["witnesses"]]);
    assert.equal(found.zh, "与台账第2条一致，但联署方不足公钥文件所要求的数目");
  });
}

test("the status is the ledger's claim: witnesses are counted, not believed", async () => {
  assert.equal((await outcome({ ...receipt(2, { witnesses: 1 }), status: "witnessed" })).ok, false);
  assert.equal((await outcome({ ...GOOD, status: "recorded" })).ok, true);
});

test("a policy that demands no witnesses is said to demand none", async () => {
  const { ok, sentence, steps } = await verifyReceipt(GOOD, { policy: POLICY.replace("quorum two", "quorum none") });
  assert.deepEqual([ok, sentence.zh], [true, "与台账第2条一致（未经联署）"]);
  assert.equal(steps[8].zh, "公钥文件不要求联署：未经联署");
});

test("what a receipt came to, and where its entry stands", async () => {
  const came = async (given, policy = POLICY) => (await verifyReceipt(given, { policy })).came;
  assert.equal(await came(GOOD), "ok");
  assert.equal(await came({ ...GOOD, leaf: OTHER.leaf }), "differs");
  assert.equal(await came(null), "unreadable");
  assert.deepEqual([await came(GOOD, ""), await came(receipt(2, { witnesses: 0 }))], ["short", "short"]);
  const { origin, index } = await verifyReceipt(GOOD, { policy: POLICY });
  assert.deepEqual([origin, index], ["ledger.example.org/log/440307-001/1", 2]);
});

test("a demonstration is called one", async () => {
  const origin = "demo.example.org/log/440307-001/1";
  const log = key(origin, 0x63);
  const fields = unpack(ENTRIES[0]);
  const statement = unpack(fields[0]).set("ledger", origin);
  const entries = [pack([pack(statement), ...fields.slice(1)])];
  const found = await outcome(receipt(0, { entries, log }), `log ${log.vkey.text}\nquorum none\n`);
  assert.deepEqual([found.ok, found.zh], [true, "【演示】与台账第0条一致（未经联署）"]);
});

test("any changed byte of entry or leaf is noticed", async () => {
  const raw = un64(GOOD.entry);
  for (const at of [0, 1, 50, 300, raw.length - 1]) {
    const entry = Buffer.from(raw.map((byte, place) => (place === at ? byte ^ 1 : byte))).toString("base64");
    assert.equal((await outcome({ ...GOOD, entry })).ok, false);
  }
});

// The page

test("two texts in, lines to show out, in the page's language", async () => {
  const verdict = await verifyTexts(JSON.stringify(GOOD), POLICY.trimEnd());
  assert.deepEqual(rows(verdict, "zh-CN")[0], { state: "ok", words: "与台账第2条一致", detail: "" });
  assert.deepEqual(rows(verdict, "en")[0], { state: "ok", words: "Agrees with entry 2 of the ledger", detail: "" });
  assert.equal(rows(verdict, "").length, NAMES.length + 1);
  const unread = rows(await verifyTexts("{", ""), "zh");
  assert.equal(unread[0].words, "无法核对：这不是一份完整的回执");
  assert.deepEqual(unread.slice(1, 4).map((row) => row.state), ["failed", "failed", "unchecked"]);
});

const MARKUP = /(?:inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\b|new Function|https?:\/\//;

test("no page says that a record is true, and none writes markup or asks another site", () => {
  for (const name of readdirSync(SCRIPTS).filter((each) => each.endsWith(".js"))) {
    const source = readFileSync(new URL(name, SCRIPTS), "utf8");
    assert.doesNotMatch(source, /真实|真相|属实/, name);
    assert.doesNotMatch(source, MARKUP, name);
  }
});

test("vendored code is the released file that its page names", () => {
  const table = readFileSync(new URL("vendor/README.md", SCRIPTS), "utf8");
  const [first, ...rest] = readFileSync(new URL("vendor/noble-ed25519.js", SCRIPTS), "utf8").split("\n");
  const version = first.match(/@noble\/ed25519 (\S+)/)?.[1];
  assert.ok(table.includes(`| ${version} | MIT | \`${hex(sha256(utf8(rest.join("\n"))))}\` |`));
});
