/** A small log of the statements in `statement.json`, signed with fixed seeds: receipts to check. */

import { createPrivateKey, createPublicKey, sign } from "node:crypto";

import { bigEndian, concat } from "../../web/static/js/bytes.js";
import { cosignatureMessage } from "../../web/static/js/checkpoint.js";
import { sha256 } from "../../web/static/js/hash.js";
import { leafHash } from "../../web/static/js/merkle.js";
import { parseVkey } from "../../web/static/js/note.js";
import { base64 } from "../../web/static/js/spelling.js";
import { hex, load, path, root, unhex, utf8 } from "./vectors.mjs";

export const ORIGIN = "ledger.example.org/log/440307-001/1";
export const ENTRIES = load("statement").accept.map((each) => unhex(each.entry_hex));

const PKCS8 = unhex("302e020100300506032b657004220420");

/**
 * A key for notes that can sign, from one byte repeated.
 * @param {string} name
 * @param {number} seed
 * @param {number} [type]
 */
export function key(name, seed, type = 1) {
  const der = Buffer.from(concat([PKCS8, new Uint8Array(32).fill(seed)]));
  const secret = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32);
  const typed = concat([Uint8Array.of(type), publicKey]);
  const id = sha256(utf8(`${name}\n`), typed).subarray(0, 4);
  const vkey = parseVkey(`${name}+${hex(id)}+${base64(typed)}`);
  return { vkey, sign: (message) => new Uint8Array(sign(null, message, secret)) };
}

export const LOG = key(ORIGIN, 0x41);
export const WITNESSES = ["street", "bureau", "uni"].map((name, at) => ({ name, ...key(`${name}.example/w`, 0x42 + at, 4) }));
export const POLICY = `log ${LOG.vkey.text}
${WITNESSES.map(({ name, vkey }) => `witness ${name} ${vkey.text}\n`).join("")}group two 2 street bureau uni
quorum two
`;

/**
 * @param {{ name: string, keyId: string }} vkey
 * @param {Uint8Array} blob
 */
const line = (vkey, blob) => `— ${vkey.name} ${base64(concat([unhex(vkey.keyId), blob]))}\n`;

/**
 * A checkpoint over these entries, signed by the log and cosigned by so many of the witnesses.
 * @param {Uint8Array[]} entries
 * @param {number} witnesses
 * @param {ReturnType<typeof key>} [log]
 * @param {bigint} [start] when the first of them cosigns
 */
export function checkpoint(entries, witnesses, log = LOG, start = 1_793_664_100n) {
  const text = `${log.vkey.name}\n${entries.length}\n${base64(root(entries.map(leafHash)))}\n`;
  const cosigned = WITNESSES.slice(0, witnesses).map(({ vkey, sign: by }, at) => {
    const time = start + BigInt(at);
    return line(vkey, concat([bigEndian(time, 8), by(cosignatureMessage(text, time, vkey))]));
  });
  return `${text}\n${line(log.vkey, log.sign(utf8(text)))}${cosigned.join("")}`;
}

/**
 * The receipt of entry `index`.
 * @param {number} index
 * @param {{ entries?: Uint8Array[], witnesses?: number, log?: ReturnType<typeof key> }} [log]
 */
export function receipt(index, { entries = ENTRIES, witnesses = 2, log = LOG } = {}) {
  const hashes = path(index, entries.map(leafHash)).map((each) => `${base64(each)}\n`);
  return {
    index,
    leaf: hex(leafHash(entries[index])),
    entry: base64(entries[index]),
    proof: `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes.join("")}\n${checkpoint(entries, witnesses, log)}`,
    status: witnesses < 2 ? "recorded" : "witnessed",
  };
}
