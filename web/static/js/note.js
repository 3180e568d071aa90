/**
 * Signed notes (c2sp.org/signed-note v1.0.0): a text, an empty line, one or more signature lines.
 *
 *     This is an example message.
 *
 *     — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
 *
 * A signature line is base64(key id || blob), key id = SHA-256(name 0A type public key)[:4].
 * A key travels as `example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k`.
 */

import { encode, hex } from "./bytes.js";
import { Malformed, Unproven } from "./errors.js";
import { sha256 } from "./hash.js";
import { ED25519, PUBLIC_SIZES, checkNote } from "./signatures.js";
import { lines, unbase64, utf8 } from "./spelling.js";

/**
 * A public key for notes: the signer's name, the signature type and the key; `text` is its one spelling.
 * @typedef {{ name: string, type: number, publicKey: Uint8Array, keyId: string, text: string }} Vkey
 */
/** @typedef {{ name: string, keyId: string, blob: Uint8Array }} Line the blob is what follows the key id */
/** @typedef {{ text: string, verified: { vkey: Vkey, blob: Uint8Array }[] }} Note */
/** @typedef {(vkey: Vkey, text: string, blob: Uint8Array) => [message: Uint8Array, signature: Uint8Array]} Signed */

const MAX_LINES = 64;
const KEY_ID = /^[0-9a-f]{8}$/;
const NO_NAME = /[\x00-\x1f+\p{White_Space}]/u;

/**
 * The key of a `name+id+base64` line; Malformed for types other than 0x01, 0x04, 0x06.
 * @param {string} text
 * @returns {Vkey}
 */
export function parseVkey(text) {
  const [name, keyId, ...rest] = utf8(text, "vkey").split("+");
  if (!rest.length || !isName(name) || !KEY_ID.test(keyId)) throw new Malformed("vkey", "name+8 hex digits+base64");
  const raw = unbase64(rest.join("+"), "vkey"); // base64 may hold plus signs of its own
  const [type, publicKey] = [raw[0], raw.subarray(1)];
  if (PUBLIC_SIZES.get(type) !== publicKey.length) throw new Malformed("vkey", "a key of another type or length");
  const computed = sha256(encode(`${name}\n`), raw).subarray(0, 4);
  if (hex(computed) !== keyId) throw new Malformed("vkey", "the id is not that of the key");
  return { name, type, publicKey, keyId, text };
}

/**
 * Whether a key can have this name: not empty, no space of any kind, no plus sign, no control character.
 * @param {string} name
 */
function isName(name) {
  return name !== "" && !NO_NAME.test(name);
}

/**
 * @param {string} text a signature line without its newline
 * @returns {Line}
 */
function parseLine(text) {
  const [dash, name, encoded, ...more] = text.split(" ");
  if (dash === "—" && encoded !== undefined && !more.length && isName(name)) {
    const raw = unbase64(encoded, "signature line");
    if (raw.length > 4) return { name, keyId: hex(raw.subarray(0, 4)), blob: raw.subarray(4) };
  }
  throw new Malformed("signature line", "— name base64(key id and signature)");
}

/**
 * Text and signature lines of a note; the last empty line separates them.
 * @param {string | Uint8Array} raw
 * @returns {[string, Line[]]}
 */
export function split(raw) {
  const whole = utf8(raw, "note");
  lines(whole, "note");
  const blank = whole.lastIndexOf("\n\n");
  const rows = whole.slice(blank + 2, -1).split("\n");
  if (blank < 0 || rows.length > MAX_LINES) {
    throw new Malformed("note", `no empty line followed by 1 to ${MAX_LINES} signature lines`);
  }
  return [whole.slice(0, blank + 1), rows.map(parseLine)];
}

/**
 * A signature of type 0x01 is over the text itself; the other types sign checkpoints only.
 * @type {Signed}
 */
function plain(vkey, text, blob) {
  if (vkey.type !== ED25519) throw new Unproven(`key ${vkey.name}`, "signs checkpoints only");
  return [encode(text), blob];
}

/**
 * The text of a note that at least one trusted key signed, and these keys, each once.
 *
 * Lines of unknown keys are ignored; one bad line of a trusted key refuses the note (Unproven).
 * @param {string | Uint8Array} raw
 * @param {Vkey[]} trusted
 * @param {Signed} [signed]
 * @returns {Promise<Note>}
 */
export async function openNote(raw, trusted, signed = plain) {
  const [text, rows] = split(raw);
  const known = byId(trusted);
  /** @type {Map<string, { vkey: Vkey, blob: Uint8Array }>} */
  const verified = new Map();
  for (const { name, keyId, blob } of rows) {
    const vkey = known.get(`${name}+${keyId}`);
    if (!vkey) continue;
    await verify(vkey, text, blob, signed);
    if (!verified.has(vkey.text)) verified.set(vkey.text, { vkey, blob });
  }
  if (!verified.size) throw new Unproven("note", "signed by no trusted key");
  return { text, verified: [...verified.values()] };
}

/** @param {Vkey[]} trusted */
function byId(trusted) {
  const keys = new Map(trusted.map((vkey) => [vkey.text, vkey]));
  const known = new Map([...keys.values()].map((vkey) => [`${vkey.name}+${vkey.keyId}`, vkey]));
  if (known.size !== keys.size) throw new Malformed("trusted keys", "two keys share name and key id");
  return known;
}

/**
 * @param {Vkey} vkey
 * @param {string} text
 * @param {Uint8Array} blob
 * @param {Signed} signed
 */
async function verify(vkey, text, blob, signed) {
  const [message, signature] = signed(vkey, text, blob);
  if (!(await checkNote(vkey.type, vkey.publicKey, message, signature))) {
    throw new Unproven(`signature of ${vkey.name}`, "does not verify");
  }
}
