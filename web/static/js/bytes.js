/** Byte strings: joined, compared, written as hex. */

const ENCODER = new TextEncoder();

/** @param {Uint8Array[]} parts */
export function concat(parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/**
 * Negative, zero or positive as `left` stands before, at or after `right` in the order of bytes.
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function compare(left, right) {
  const shared = Math.min(left.length, right.length);
  for (let at = 0; at < shared; at += 1) {
    if (left[at] !== right[at]) return left[at] - right[at];
  }
  return left.length - right.length;
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function equal(left, right) {
  return compare(left, right) === 0;
}

/** Bytes of chance. @param {number} size */
export function random(size) {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** @param {Uint8Array} raw */
export function hex(raw) {
  return Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The bytes of a constant written in hex.
 * @param {string} digits
 */
export function unhex(digits) {
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/**
 * The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD here, so text from outside passes `spelling.utf8` first.
 * @param {string} text
 */
export function encode(text) {
  return ENCODER.encode(text);
}

/**
 * A non-negative number in so many bytes, the largest first.
 * @param {bigint} number
 * @param {number} width
 */
export function bigEndian(number, width) {
  return Uint8Array.from({ length: width }, (_, at) => Number(BigInt.asUintN(8, number >> BigInt(8 * (width - 1 - at)))));
}

/**
 * The number that these bytes are, the largest first.
 * @param {Uint8Array} raw
 */
export function unBigEndian(raw) {
  return raw.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/**
 * The number that these bytes are, the smallest first.
 * @param {Uint8Array} raw
 */
export function unLittleEndian(raw) {
  return unBigEndian(raw.slice().reverse());
}
