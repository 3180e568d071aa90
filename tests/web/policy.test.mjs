import assert from "node:assert/strict";
import test from "node:test";

import { logKeys, parsePolicy, satisfied, verifyCheckpoint } from "../../web/static/js/policy.js";
import { ENTRIES, LOG, ORIGIN, POLICY, WITNESSES, checkpoint, key } from "./receipts.mjs";
import { load, refuses, utf8 } from "./vectors.mjs";

const VECTORS = load("tlog-policy");

for (const { name, policy: text, questions } of VECTORS.accept) {
  test(`a quorum is asked for: ${name}`, () => {
    for (const raw of [text, utf8(text)]) {
      const policy = parsePolicy(raw);
      for (const { cosigned_by, valid } of questions) assert.equal(satisfied(policy, cosigned_by), valid);
    }
  });
}

test("a policy says whom it trusts", () => {
  const policy = parsePolicy(VECTORS.accept[0].policy);
  const origin = "ledger.example.cn/xq/440307-001/1";
  assert.deepEqual(policy.witnesses.map((each) => each.name), ["street", "bureau", "uni"]);
  assert.deepEqual(policy.witnesses.map((each) => each.url), [undefined, undefined, "https://witness.example/uni"]);
  assert.deepEqual(logKeys(policy, origin), [policy.logs[0].vkey]);
  assert.deepEqual(logKeys(policy, "ledger.example.cn/xq/440307-001/2"), []);
});

const OTHER_LINES = [
  "quorum",
  "quorum a b",
  "log",
  `log ${LOG.vkey.text} u v`,
  "witness d",
  "group h 1",
  "group h",
  "group h 4 two",
  "\x0b",
  "#\x7f",
  "\u3000# x",
];
for (const line of OTHER_LINES) {
  test(`a line of another form is refused: ${JSON.stringify(line)}`, () =>
    refuses(() => parsePolicy(`${POLICY}${line}\n`), "malformed"));
}

test("text outside ASCII is a name like any other", () => {
  const policy = parsePolicy(`${POLICY.replaceAll("street ", "街道办\u3000甲 ")}  # 备注\n\t\n`);
  assert.ok(satisfied(policy, ["街道办\u3000甲", "bureau"]));
});

for (const count of [2, 3]) {
  test(`a checkpoint with a quorum of ${count} is vouched for`, async () => {
    const { checkpoint: head, witnesses } = await verifyCheckpoint(checkpoint(ENTRIES, count), parsePolicy(POLICY));
    assert.deepEqual([head.origin, head.size], [ORIGIN, BigInt(ENTRIES.length)]);
    const expected = WITNESSES.slice(0, count).map(({ name }, at) => [name, 1_793_664_100n + BigInt(at)]);
    assert.deepEqual(witnesses.map(({ witness, at }) => [witness.name, at]), expected);
  });
}

for (const count of [0, 1]) {
  test(`a checkpoint with ${count} of the two witnesses needed is not vouched for`, async () => {
    await refuses(() => verifyCheckpoint(checkpoint(ENTRIES, count), parsePolicy(POLICY)), "quorum");
    const unwitnessed = parsePolicy(POLICY.replace("quorum two", "quorum none"));
    assert.equal((await verifyCheckpoint(checkpoint(ENTRIES, count), unwitnessed)).witnesses.length, count);
  });
}

test("a witness who cosigned twice counts once, at the time of its first line", async () => {
  const [once, again] = [checkpoint(ENTRIES, 1), checkpoint(ENTRIES, 1, LOG, 1_793_664_900n)];
  const twice = once + again.trimEnd().split("\n").slice(-1)[0] + "\n";
  await refuses(() => verifyCheckpoint(twice, parsePolicy(POLICY)), "quorum");
  const { witnesses } = await verifyCheckpoint(twice, parsePolicy(POLICY.replace("quorum two", "quorum street")));
  assert.deepEqual(witnesses.map(({ witness, at }) => [witness.name, at]), [["street", 1_793_664_100n]]);
});

test("a witness is no log", async () => {
  const [text, lines] = checkpoint(ENTRIES, 3).split("\n\n");
  await refuses(() => verifyCheckpoint(`${text}\n\n${lines.slice(lines.indexOf("\n") + 1)}`, parsePolicy(POLICY)), "log");
});

test("a log signs for its own origin only", async () => {
  const other = key("ledger.example.org/log/440307-001/2", 0x51);
  const both = parsePolicy(`log ${other.vkey.text}\n${POLICY}`);
  const note = checkpoint(ENTRIES, 3, other).replace(other.vkey.name, ORIGIN);
  await refuses(() => verifyCheckpoint(note, both), "unproven");
  assert.ok(await verifyCheckpoint(checkpoint(ENTRIES, 3), both));
});
