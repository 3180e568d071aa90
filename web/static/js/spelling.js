/** One fact, one spelling: the strict pieces of which notes, checkpoints, proofs and policies are made. */

import { Malformed } from "./errors.js";

export const HASH_SIZE = 32;
export const LARGEST = 2n ** 63n - 1n; // sizes, indexes and times

// ignoreBOM: a byte-order mark is text; by default this decoder would drop it unseen.
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LONE_SURROGATE = /\p{Surrogate}/u;
const DECIMAL = /^(?:0|[1-9][0-9]{0,18})$/;
const CONTROL = /[\x00-\x09\x0b-\x1f]/;

/**
 * The text of `raw`, which must be well-formed UTF-8.
 * @param {string | Uint8Array} raw
 * @param {string} what
 */
export function utf8(raw, what) {
  if (typeof raw !== "string") return decoded(raw, what);
  if (LONE_SURROGATE.test(raw)) throw new Malformed(what, "not UTF-8");
  return raw;
}

/**
 * @param {Uint8Array} raw
 * @param {string} what
 */
function decoded(raw, what) {
  try {
    return DECODER.decode(raw);
  } catch {
    throw new Malformed(what, "not UTF-8");
  }
}

/**
 * The lines of a text that ends with U+000A and holds no other control character below U+0020.
 * @param {string} text
 * @param {string} what
 */
export function lines(text, what) {
  if (!text.endsWith("\n")) throw new Malformed(what, "does not end with a newline");
  if (CONTROL.test(text)) throw new Malformed(what, "control character");
  return text.slice(0, -1).split("\n");
}

/**
 * An integer 0..2^63-1 written in ASCII digits without sign or leading zero.
 * @param {string} text
 * @param {string} what
 */
export function decimal(text, what) {
  const number = DECIMAL.test(text) ? BigInt(text) : LARGEST + 1n;
  if (number > LARGEST) throw new Malformed(what, `not a decimal number from 0 to ${LARGEST}`);
  return number;
}

/**
 * RFC 4648 section 4, padded.
 * @param {Uint8Array} raw
 */
export function base64(raw) {
  return btoa(Array.from(raw, (byte) => String.fromCharCode(byte)).join(""));
}

/**
 * The bytes of padded standard base64 in its only spelling.
 * @param {string} text
 * @param {string} what
 */
export function unbase64(text, what) {
  const raw = lax(text, what);
  // `atob` passes white space, missing padding and trailing bits that are not zero; only writing it again shows them.
  if (base64(raw) !== text) throw new Malformed(what, "base64 in another spelling");
  return raw;
}

/**
 * @param {string} text
 * @param {string} what
 */
function lax(text, what) {
  try {
    return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  } catch {
    throw new Malformed(what, "not base64");
  }
}

/**
 * A hash of 32 bytes in base64.
 * @param {string} text
 * @param {string} what
 */
export function unbase64Hash(text, what) {
  const raw = unbase64(text, what);
  if (raw.length !== HASH_SIZE) throw new Malformed(what, "a hash has 32 bytes");
  return raw;
}

/**
 * The lines before the first empty line, and the note after it.
 * @param {string} text
 * @param {string} what
 * @returns {[string[], string]}
 */
export function beforeNote(text, what) {
  const blank = text.indexOf("\n\n");
  if (blank < 0) throw new Malformed(what, "no empty line before the checkpoint");
  return [text.slice(0, blank).split("\n"), text.slice(blank + 2)];
}
