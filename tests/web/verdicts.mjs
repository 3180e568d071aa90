/**
 * What the browser's code says of inputs that another program made: `node verdicts.mjs < cases.json > verdicts.json`.
 *
 * A case is [format, ...arguments], bytes in hex; a verdict is the code of a refusal, or `ok` and what was read.
 */

import { readFileSync } from "node:fs";

import { openCheckpoint } from "../../web/static/js/checkpoint.js";
import { pack, unpack } from "../../web/static/js/codec.js";
import { native, portable, verify } from "../../web/static/js/ed25519.js";
import { parseEntry, parseStatement } from "../../web/static/js/entry.js";
import { Unsound } from "../../web/static/js/errors.js";
import { openNote, parseVkey } from "../../web/static/js/note.js";
import { parseOpening } from "../../web/static/js/opening.js";
import { parsePolicy } from "../../web/static/js/policy.js";
import { parseProof, verifyProof } from "../../web/static/js/proof.js";
import { parseRow } from "../../web/static/js/result.js";
import { checkNote } from "../../web/static/js/signatures.js";
import { verifyReceipt } from "../../web/static/js/verify.js";
import { verify as verifyPasskey } from "../../web/static/js/webauthn.js";
import { hex, unhex } from "./vectors.mjs";

const READERS = {
  msgpack: (raw) => hex(pack(unpack(unhex(raw)))),
  statement: (raw) => parsedStatement(unhex(raw)),
  entry: (raw) => {
    const { statement, suite, signature, recordedAt } = parseEntry(unhex(raw));
    return [hex(statement), suite, hex(signature), recordedAt];
  },
  opening: (raw) => [hex(parseOpening(unhex(raw)).salt), parseOpening(unhex(raw)).name],
  row: (raw) => [parseRow(unhex(raw)).item, String(parseRow(unhex(raw)).area), parseRow(unhex(raw)).countedAs],
  vkey: (text) => [parseVkey(text).name, parseVkey(text).type, parseVkey(text).keyId],
  note: async (raw, vkeys) => {
    const { text, verified } = await openNote(unhex(raw), vkeys.map(parseVkey));
    return [text, verified.map(({ vkey }) => vkey.text)];
  },
  checkpoint: async (raw, vkeys) => {
    const { checkpoint, note } = await openCheckpoint(unhex(raw), vkeys.map(parseVkey));
    const { origin, size, root, extensions } = checkpoint;
    return [origin, String(size), hex(root), extensions, note.verified.map(({ vkey }) => vkey.text)];
  },
  policy: (raw) => {
    const { logs, witnesses, groups, quorum } = parsePolicy(unhex(raw));
    const named = groups.map(({ name, needed, members }) => [name, needed, members]);
    return [logs.map((log) => log.vkey.text), witnesses.map((each) => each.name), named, quorum];
  },
  proof: async (entry, raw, policy) => {
    const { index, checkpoint, witnesses } = await verifyProof(unhex(entry), parseProof(unhex(raw)), parsePolicy(policy));
    return [String(index), String(checkpoint.size), witnesses.map(({ witness, at }) => [witness.name, String(at)])];
  },
  "note-signature": (type, ...parts) => checkNote(type, ...parts.map(unhex)),
  "ed25519-native": (...parts) => verify(...parts.map(unhex), native),
  "ed25519-portable": (...parts) => verify(...parts.map(unhex), portable),
  passkey: (...parts) => verifyPasskey(...parts.map(unhex)),
  receipt: async (receipt, policy) => (await verifyReceipt(receipt, { policy })).ok,
};

/** @param {Uint8Array} raw */
function parsedStatement(raw) {
  const { about, at, by, kind, ledger, prev, sealed, seen, stream, until } = parseStatement(raw);
  const nil = (hash) => (hash === null ? null : hex(hash));
  return [nil(about), at, hex(by), kind, ledger, nil(prev), sealed.map(hex), seen && [seen[0], hex(seen[1])], stream, until];
}

/** @param {any[]} given */
async function verdict([format, ...given]) {
  try {
    return ["ok", await READERS[format](...given)];
  } catch (why) {
    if (why instanceof Unsound) return [why.code];
    throw why; // anything else is a fault of the program, not of its input
  }
}

const verdicts = [];
for (const given of JSON.parse(readFileSync(0, "utf8"))) verdicts.push(await verdict(given));
process.stdout.write(JSON.stringify(verdicts));
