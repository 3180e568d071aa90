/**
 * What an author signs and what a leaf is.
 *
 *     signed bytes = "liuchi/statement/v1" 00 statement      statement hash = SHA-256(signed bytes)
 *     key id       = SHA-256(suite 00 public key)
 *     entry        = [statement: bin, suite: str, signature: bin, recorded_at: int ms]      leaf = SHA-256(00 entry)
 */

import { compare, concat, encode } from "./bytes.js";
import { unpack } from "./codec.js";
import { Malformed } from "./errors.js";
import { sha256 } from "./hash.js";
import { HASH_SIZE } from "./spelling.js";

/** @typedef {import("./codec.js").Value} Value */
/**
 * What one person says in one act; the eleven fields in the order of their bytes.
 * @typedef {object} Statement
 * @property {Uint8Array | null} about
 * @property {number} at
 * @property {Map<string, Value>} body
 * @property {Uint8Array} by
 * @property {string} kind
 * @property {string} ledger
 * @property {Uint8Array | null} prev
 * @property {Uint8Array[]} sealed
 * @property {[number, Uint8Array] | null} seen
 * @property {string} stream
 * @property {number} until
 */
/** @typedef {{ statement: Uint8Array, suite: string, signature: Uint8Array, recordedAt: number }} Entry */

const MAX_ENTRY = 65_535;

const PURPOSE = encode("liuchi/statement/v1\0");
const STREAM = /^[a-z0-9][a-z0-9-]{0,63}(?:\/[a-z0-9][a-z0-9-]{0,63}){0,3}$/;
const PLAIN = /^[\x21-\x7e]*$/;

/** @type {Record<string, [string, (value: Value | undefined) => boolean]>} */
const FIELDS = {
  about: ["32 bytes or nil", isHashOrNil],
  at: ["an integer", isInteger],
  body: ["a map of printable ASCII text and integers within ±(2^53-1), at every depth", isBody],
  by: ["32 bytes", isHash],
  kind: ["a name", isName],
  ledger: ["a name", isName],
  prev: ["32 bytes or nil", isHashOrNil],
  sealed: ["digests of 32 bytes, strictly ascending", isSealed],
  seen: ["size and root, or nil", isSeen],
  stream: ["1 to 4 segments [a-z0-9][a-z0-9-]{0,63} joined by /", isStream],
  until: ["an integer", isInteger],
};

/**
 * What the author's signature is over.
 * @param {Uint8Array} statement
 */
export function signedBytes(statement) {
  return concat([PURPOSE, statement]);
}

/**
 * The idempotency key of a statement.
 * @param {Uint8Array} statement
 */
export function statementHash(statement) {
  return sha256(PURPOSE, statement);
}

/**
 * The id under which a key signs.
 * @param {string} suite
 * @param {Uint8Array} publicKey
 */
export function keyId(suite, publicKey) {
  return sha256(encode(suite), Uint8Array.of(0), publicKey);
}

/**
 * The statement of canonical bytes; Malformed if a field is missing, unknown or of another type.
 * @param {Uint8Array} raw
 * @returns {Statement}
 */
export function parseStatement(raw) {
  const fields = unpack(raw);
  if (!(fields instanceof Map) || fields.size !== 11 || !Object.keys(FIELDS).every((name) => fields.has(name))) {
    throw new Malformed("statement", "a map of exactly eleven keys");
  }
  for (const [name, [form, holds]] of Object.entries(FIELDS)) {
    if (!holds(fields.get(name))) throw new Malformed(`statement's ${name}`, form);
  }
  return /** @type {Statement} */ (Object.fromEntries(fields));
}

/**
 * The entry of canonical bytes of at most 65,535; judges neither the statement nor the signature.
 * @param {Uint8Array} raw
 * @returns {Entry}
 */
export function parseEntry(raw) {
  if (raw.length > MAX_ENTRY) throw new Malformed("entry", `longer than ${MAX_ENTRY} bytes`);
  const fields = unpack(raw);
  const [statement, suite, signature, recordedAt, ...more] = Array.isArray(fields) ? fields : [];
  if (isBin(statement) && isName(suite) && isBin(signature) && isInteger(recordedAt) && !more.length) {
    return { statement, suite, signature, recordedAt };
  }
  throw new Malformed("entry", "[statement, suite, signature, recorded_at]");
}

/**
 * @param {Value | undefined} value
 * @returns {value is Uint8Array}
 */
function isBin(value) {
  return value instanceof Uint8Array;
}

/**
 * @param {Value | undefined} value
 * @returns {value is Uint8Array}
 */
function isHash(value) {
  return isBin(value) && value.length === HASH_SIZE;
}

/** @param {Value | undefined} value */
function isHashOrNil(value) {
  return value === null || isHash(value);
}

/**
 * What lies outside ±(2^53-1) is read as a BigInt.
 * @param {Value | undefined} value
 * @returns {value is number}
 */
function isInteger(value) {
  return typeof value === "number";
}

/**
 * @param {Value | undefined} value
 * @returns {value is string}
 */
function isName(value) {
  return typeof value === "string" && value !== "" && PLAIN.test(value);
}

/** @param {Value | undefined} value */
function isStream(value) {
  return typeof value === "string" && STREAM.test(value);
}

/** @param {Value | undefined} value */
function isSealed(value) {
  return Array.isArray(value) && value.every(isHash) && ascends(value);
}

/**
 * Whether each of these bytes stands before the next one.
 * @param {Uint8Array[]} digests
 */
export function ascends(digests) {
  return digests.every((digest, place) => place === 0 || compare(digests[place - 1], digest) < 0);
}

/** @param {Value | undefined} value */
function isSeen(value) {
  if (value === null) return true;
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [size, root] = value;
  return isInteger(size) && size >= 0 && isHash(root);
}

/** @param {Value | undefined} value */
function isBody(value) {
  return value instanceof Map && holdsNoProse(value);
}

/**
 * Whether all text is printable ASCII without spaces and all integers are exact in every language, at every depth.
 * @param {Value} value
 * @returns {boolean}
 */
function holdsNoProse(value) {
  if (typeof value === "string") return PLAIN.test(value);
  if (Array.isArray(value)) return value.every(holdsNoProse);
  if (value instanceof Map) return [...value].flat().every(holdsNoProse);
  return typeof value !== "bigint";
}
