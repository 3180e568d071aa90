import assert from "node:assert/strict";
import test from "node:test";

import { cosignatureMessage, cosignedAt, openCheckpoint, parseCheckpoint } from "../../web/static/js/checkpoint.js";
import { openNote, parseVkey, split } from "../../web/static/js/note.js";
import { parsePolicy } from "../../web/static/js/policy.js";
import { parseProof, verifyProof } from "../../web/static/js/proof.js";
import { hex, load, refuses, unhex, utf8 } from "./vectors.mjs";

const [NOTES, CHECKPOINTS, MALFORMED, PROOFS, POLICIES] = [
  "signed-note",
  "checkpoint",
  "malformed",
  "tlog-proof",
  "tlog-policy",
].map(load);
const TRUSTED = CHECKPOINTS.keys.slice(0, 4).map((each) => parseVkey(each.vkey));

for (const { vkey, type, key_id_hex: keyId } of [...NOTES.keys, ...CHECKPOINTS.keys]) {
  test(`a key for notes is read: ${vkey.slice(0, 60)}`, () => {
    const { name, type: found, keyId: id } = parseVkey(vkey);
    assert.deepEqual([name, found, id], [vkey.split("+")[0], type, keyId]);
  });
}

for (const each of NOTES.accept) {
  test(`a note is opened: ${each.name}`, async () => {
    for (const raw of [each.note, utf8(each.note)]) {
      const { text, verified } = await openNote(raw, each.trusted_vkeys.map(parseVkey));
      assert.deepEqual([text, verified.map(({ vkey }) => vkey.name)], [each.text, each.verified_names]);
    }
  });
}

test("a note has at most 64 signature lines", async () => {
  const { note, trusted_vkeys } = NOTES.accept[1];
  const lines = (count) => note + "— x.example/k AAAAAAA=\n".repeat(count - 1);
  assert.equal(split(lines(64))[1].length, 64);
  assert.equal((await openNote(lines(64), trusted_vkeys.map(parseVkey))).verified.length, 1);
  await refuses(() => split(lines(65)), "malformed");
});

test("a note is text: a lone surrogate is refused", () => refuses(() => split(`\ud800${NOTES.accept[1].note}`), "malformed"));

test("two trusted keys that share name and key id are refused", async () => {
  const { note, trusted_vkeys } = NOTES.accept[1];
  const vkey = parseVkey(trusted_vkeys[0]);
  await refuses(() => openNote(note, [vkey, { ...vkey, text: "another" }]), "malformed");
  assert.equal((await openNote(note, [vkey, parseVkey(trusted_vkeys[0])])).verified.length, 1);
});

test("a witness signs checkpoints only", async () => {
  const { note } = CHECKPOINTS.cases[0];
  await refuses(() => openNote(note, TRUSTED), "unproven");
});

for (const each of CHECKPOINTS.cases) {
  test(`a checkpoint is opened: ${each.name}`, async () => {
    const { checkpoint, note } = await openCheckpoint(each.note, TRUSTED);
    const { origin, size, root, extensions } = checkpoint;
    assert.deepEqual([origin, size, hex(root)], [each.origin, BigInt(each.size), each.root_hex]);
    assert.equal(note.text, each.text);
    assert.deepEqual(extensions, each.text.split("\n").slice(3, -1));
    const cosigned = note.verified.filter(({ vkey }) => vkey.type !== 1);
    const named = cosigned.map(({ vkey, blob }) => [vkey.name, vkey.type, Number(cosignedAt(blob))]);
    const expected = (each.cosignatures ?? []).map((by) => [by.name, by.type, by.timestamp]);
    if (each.cosignatures) assert.deepEqual(named, expected);
  });
  const told = (each.cosignatures ?? []).filter((by) => by.signed_message_hex);
  for (const { name, timestamp, signed_message_hex: message } of told) {
    test(`what a witness signed: ${name} under ${each.name}`, () => {
      const vkey = TRUSTED.find((trusted) => trusted.name === name);
      assert.equal(hex(cosignatureMessage(each.text, BigInt(timestamp), vkey)), message);
    });
  }
}

test("in a cosignature of type 0x06 a name has at most 255 bytes", async () => {
  const vkey = { ...TRUSTED[3], name: "n".repeat(255) };
  assert.equal(cosignatureMessage(CHECKPOINTS.cases[0].text, 1n, vkey)[12], 255);
  const longer = { ...vkey, name: `${"n".repeat(253)}名` };
  await refuses(() => cosignatureMessage(CHECKPOINTS.cases[0].text, 1n, longer), "malformed");
});

test("a changed ML-DSA-44 cosignature is refused, wherever it is changed", async () => {
  const { note } = CHECKPOINTS.cases[1];
  const [text, [log, street, lattice]] = split(note);
  const line = (blob) => `— ${lattice.name} ${Buffer.concat([unhex(lattice.keyId), blob]).toString("base64")}\n`;
  const rest = note.slice(text.length + 1).split("\n").slice(0, 2).join("\n");
  const with_ = (blob) => `${text}\n${rest}\n${line(blob)}`;
  assert.deepEqual([log.name, street.name], TRUSTED.slice(0, 2).map((key) => key.name));
  assert.equal(with_(lattice.blob), note);
  for (const at of [7, 8, 39, 40, 700, 2343, 2344, 2423, 2424, 2427]) {
    const blob = lattice.blob.slice();
    blob[at] ^= 1;
    await refuses(() => openCheckpoint(with_(blob), TRUSTED), "unproven");
  }
  await refuses(() => openCheckpoint(with_(lattice.blob.slice(0, -1)), TRUSTED), "unproven");
});

// Inputs that every strict parser refuses, whatever its language

const keys = (group) => MALFORMED.trusted_vkeys[group].map(parseVkey);
const [LOG, WITNESS] = MALFORMED.trusted_vkeys.tlog_proof;
const POLICY = parsePolicy(`log ${LOG}\nwitness w ${WITNESS}\nquorum w\n`);

const READERS = {
  signed_note: (raw) => openNote(raw, keys("signed_note")),
  vkey: (raw) => parseVkey(Buffer.from(raw).toString()),
  checkpoint_text: parseCheckpoint,
  cosignature_note: (raw) => openCheckpoint(raw, keys("cosignature_note")),
  tlog_proof: (raw) => verifyProof(utf8("world"), parseProof(raw), POLICY),
  tlog_policy: parsePolicy,
};
/** What only servers, witnesses and mirrors read. */
const ELSEWHERE = ["witness_request", "tile_path", "entry_bundle_width_2", "tile_width_2"];

const UNCHANGED = {
  signed_note: NOTES.accept[1].note,
  vkey: MALFORMED.trusted_vkeys.signed_note[0],
  checkpoint_text: CHECKPOINTS.cases[0].text,
  cosignature_note: CHECKPOINTS.cases[0].note,
  tlog_proof: PROOFS.cases[0].proof,
  tlog_policy: POLICIES.accept[0].policy,
};

test("every group that a browser reads has its reader", () => {
  const groups = Object.keys(MALFORMED).filter((group) => Array.isArray(MALFORMED[group]));
  assert.deepEqual([...Object.keys(READERS), ...ELSEWHERE].sort(), groups.sort());
});

for (const [group, read] of Object.entries(READERS)) {
  test(`the same input unchanged is accepted: ${group}`, async () => assert.ok(await read(utf8(UNCHANGED[group]))));
  for (const { name, text, hex: digits } of MALFORMED[group]) {
    test(`a strict parser refuses: ${group}: ${name}`, () => refuses(() => read(digits ? unhex(digits) : utf8(text))));
  }
}
