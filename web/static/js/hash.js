/**
 * SHA-256 and SHA-512 (FIPS 180-4) without WebCrypto, which a browser withholds from pages that came without https.
 *
 * Both tables of constants are fractions of roots of primes: no digit of them is typed.
 */

import { bigEndian, concat } from "./bytes.js";

const PRIMES = primes(80);
const CUBES = PRIMES.map((prime) => fraction(prime, 3));
const SQUARES = PRIMES.slice(0, 8).map((prime) => fraction(prime, 2));
const ROUND_256 = Int32Array.from(CUBES.slice(0, 64), upperHalf);
const START_256 = Int32Array.from(SQUARES, upperHalf);

/**
 * @param {...Uint8Array} parts hashed as one byte string
 */
export function sha256(...parts) {
  const message = new DataView(padded(concat(parts), 64).buffer);
  const state = START_256.slice();
  const words = new Int32Array(64);
  for (let at = 0; at < message.byteLength; at += 64) mix256(state, words, message, at);
  return concat(Array.from(state, bytes32));
}

/**
 * @param {...Uint8Array} parts hashed as one byte string
 */
export function sha512(...parts) {
  const message = new DataView(padded(concat(parts), 128).buffer);
  let state = SQUARES;
  for (let at = 0; at < message.byteLength; at += 128) state = mix512(state, message, at);
  return concat(state.map((word) => bigEndian(word, 8)));
}

/**
 * @param {Int32Array} state
 * @param {Int32Array} words
 * @param {DataView} message
 * @param {number} at
 */
function mix256(state, words, message, at) {
  for (let t = 0; t < 64; t += 1) words[t] = t < 16 ? message.getInt32(at + 4 * t) : next256(words, t);
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND_256[t] + words[t]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, place) => (state[place] += word));
}

/**
 * @param {Int32Array} words
 * @param {number} t
 */
function next256(words, t) {
  const [far, near] = [words[t - 15], words[t - 2]];
  const low = turn(far, 7) ^ turn(far, 18) ^ (far >>> 3);
  const high = turn(near, 17) ^ turn(near, 19) ^ (near >>> 10);
  return low + high + words[t - 16] + words[t - 7];
}

/**
 * @param {bigint[]} state
 * @param {DataView} message
 * @param {number} at
 */
function mix512(state, message, at) {
  const words = Array.from({ length: 16 }, (_, t) => message.getBigUint64(at + 8 * t));
  while (words.length < 80) words.push(next512(words, words.length));
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 80; t += 1) {
    const one = h + (turnLong(e, 14n) ^ turnLong(e, 18n) ^ turnLong(e, 41n)) + ((e & f) ^ (~e & g)) + CUBES[t] + words[t];
    const two = (turnLong(a, 28n) ^ turnLong(a, 34n) ^ turnLong(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, BigInt.asUintN(64, d + one), c, b, a, BigInt.asUintN(64, one + two)];
  }
  return [a, b, c, d, e, f, g, h].map((word, place) => BigInt.asUintN(64, word + state[place]));
}

/**
 * @param {bigint[]} words
 * @param {number} t
 */
function next512(words, t) {
  const [far, near] = [words[t - 15], words[t - 2]];
  const low = turnLong(far, 1n) ^ turnLong(far, 8n) ^ (far >> 7n);
  const high = turnLong(near, 19n) ^ turnLong(near, 61n) ^ (near >> 6n);
  return BigInt.asUintN(64, low + high + words[t - 16] + words[t - 7]);
}

/**
 * @param {number} word
 * @param {number} bits
 */
function turn(word, bits) {
  return (word >>> bits) | (word << (32 - bits));
}

/**
 * @param {bigint} word
 * @param {bigint} bits
 */
function turnLong(word, bits) {
  return BigInt.asUintN(64, (word >> bits) | (word << (64n - bits)));
}

/** @param {number} word */
function bytes32(word) {
  return Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
}

/** @param {bigint} word */
function upperHalf(word) {
  return Number(BigInt.asIntN(32, word >> 32n));
}

/**
 * The message, one bit, and its length in bits at the end of the last block of `size` bytes.
 * @param {Uint8Array} message
 * @param {number} size
 */
function padded(message, size) {
  const whole = new Uint8Array(Math.ceil((message.length + 1 + size / 8) / size) * size);
  whole.set(message);
  whole[message.length] = 0x80;
  new DataView(whole.buffer).setBigUint64(whole.length - 8, 8n * BigInt(message.length));
  return whole;
}

/** @param {number} count */
function primes(count) {
  /** @type {number[]} */
  const found = [];
  for (let each = 2; found.length < count; each += 1) {
    if (found.every((prime) => each % prime)) found.push(each);
  }
  return found;
}

/**
 * The first 64 bits behind the point of the square (2) or cube (3) root of a number, by Newton's method from above.
 * @param {number} number
 * @param {2 | 3} degree
 */
function fraction(number, degree) {
  const [power, whole] = [BigInt(degree), BigInt(number) << BigInt(64 * degree)];
  let root = BigInt(Math.ceil(number ** (1 / degree)) + 1) << 64n;
  for (let next = 0n; ; root = next) {
    next = ((power - 1n) * root + whole / root ** (power - 1n)) / power;
    if (next >= root) return BigInt.asUintN(64, root);
  }
}
