/** SHAKE128 and SHAKE256 (FIPS 202), which WebCrypto does not have. Only ML-DSA needs them. */

import { concat } from "./bytes.js";

/** @typedef {{ low: Int32Array, high: Int32Array }} State 25 lanes of 64 bits, as two halves */
/** @typedef {[low: number, high: number]} Lane */

const [TURNS, TARGETS] = path();
const ROUNDS = roundConstants();

/**
 * @param {128 | 256} strength
 * @param {Uint8Array[]} parts hashed as one byte string
 * @param {number} size bytes wanted
 */
export function shake(strength, parts, size) {
  const rate = 200 - strength / 4;
  const input = padded(concat(parts), rate);
  const state = { low: new Int32Array(25), high: new Int32Array(25) };
  for (let at = 0; at < input.length; at += rate) {
    absorb(state, new DataView(input.buffer, at, rate));
    permute(state);
  }
  const output = new Uint8Array(Math.ceil(size / rate) * rate);
  for (let at = 0; at < output.length; at += rate) {
    if (at) permute(state);
    squeeze(state, new DataView(output.buffer, at, rate));
  }
  return output.slice(0, size);
}

/**
 * @param {Uint8Array} message
 * @param {number} rate
 */
function padded(message, rate) {
  const whole = new Uint8Array((Math.floor(message.length / rate) + 1) * rate);
  whole.set(message);
  whole[message.length] = 0x1f;
  whole[whole.length - 1] |= 0x80;
  return whole;
}

/**
 * @param {State} state
 * @param {DataView} block
 */
function absorb({ low, high }, block) {
  for (let lane = 0; 8 * lane < block.byteLength; lane += 1) {
    low[lane] ^= block.getInt32(8 * lane, true);
    high[lane] ^= block.getInt32(8 * lane + 4, true);
  }
}

/**
 * @param {State} state
 * @param {DataView} block
 */
function squeeze({ low, high }, block) {
  for (let lane = 0; 8 * lane < block.byteLength; lane += 1) {
    block.setInt32(8 * lane, low[lane], true);
    block.setInt32(8 * lane + 4, high[lane], true);
  }
}

/** @param {State} state */
function permute(state) {
  for (const [low, high] of ROUNDS) {
    theta(state);
    rhoAndPi(state);
    chi(state.low);
    chi(state.high);
    state.low[0] ^= low;
    state.high[0] ^= high;
  }
}

/** @param {State} state */
function theta({ low, high }) {
  const columns = [0, 1, 2, 3, 4].map((x) => /** @type {Lane} */ ([column(low, x), column(high, x)]));
  for (let x = 0; x < 5; x += 1) {
    const [before, after] = [columns[(x + 4) % 5], turned(columns[(x + 1) % 5], 1)];
    for (let lane = x; lane < 25; lane += 5) {
      low[lane] ^= before[0] ^ after[0];
      high[lane] ^= before[1] ^ after[1];
    }
  }
}

/**
 * @param {Int32Array} half
 * @param {number} x
 */
function column(half, x) {
  return half[x] ^ half[x + 5] ^ half[x + 10] ^ half[x + 15] ^ half[x + 20];
}

/** @param {State} state */
function rhoAndPi({ low, high }) {
  /** @type {Lane} */
  let carried = [low[1], high[1]];
  for (let step = 0; step < 24; step += 1) {
    const target = TARGETS[step];
    /** @type {Lane} */
    const next = [low[target], high[target]];
    [low[target], high[target]] = turned(carried, TURNS[step]);
    carried = next;
  }
}

/** @param {Int32Array} half */
function chi(half) {
  for (let row = 0; row < 25; row += 5) {
    const [a, b, c, d, e] = half.subarray(row, row + 5);
    half[row] = a ^ (~b & c);
    half[row + 1] = b ^ (~c & d);
    half[row + 2] = c ^ (~d & e);
    half[row + 3] = d ^ (~e & a);
    half[row + 4] = e ^ (~a & b);
  }
}

/**
 * A lane turned left by 1..63 bits.
 * @param {Lane} lane
 * @param {number} bits
 * @returns {Lane}
 */
function turned([low, high], bits) {
  if (bits === 32) return [high, low];
  if (bits > 32) return turned([high, low], bits - 32);
  return [(low << bits) | (high >>> (32 - bits)), (high << bits) | (low >>> (32 - bits))];
}

/**
 * The walk over all lanes but the first: by how much each is turned, and where it goes (FIPS 202 sections 3.2.2, 3.2.3).
 * @returns {[number[], number[]]}
 */
function path() {
  /** @type {[number[], number[]]} */
  const [turns, targets] = [[], []];
  let [x, y] = [1, 0];
  for (let step = 0; step < 24; step += 1) {
    [x, y] = [y, (2 * x + 3 * y) % 5];
    turns.push((((step + 1) * (step + 2)) / 2) % 64);
    targets.push(x + 5 * y);
  }
  return [turns, targets];
}

/** The constants of the 24 rounds, from a shift register (FIPS 202 section 3.2.5). */
function roundConstants() {
  let register = 1;
  const bit = () => {
    const out = register & 1;
    register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    return out;
  };
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let j = 0; j < 7; j += 1) constant |= BigInt(bit()) << BigInt(2 ** j - 1);
    return /** @type {Lane} */ ([Number(BigInt.asIntN(32, constant)), Number(BigInt.asIntN(32, constant >> 32n))]);
  });
}
