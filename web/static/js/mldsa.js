/**
 * ML-DSA-44, verified (FIPS 204, algorithm 3 with an empty context): the cosignatures of type 0x06.
 *
 *     public key = rho[32] t1[4 x 320]      signature = c~[32] z[4 x 576] h[84]
 *
 * Everything here is public, so nothing needs constant time.
 */

import { equal } from "./bytes.js";
import { shake } from "./keccak.js";

/** @typedef {number[]} Polynomial 256 coefficients in 0..Q-1 */

const Q = 8_380_417;
const SIZE = 4; // rows and columns of A
const DROPPED = 2 ** 13; // t = t1 * 2^13 + t0, and t0 is not told
const GAMMA1 = 2 ** 17;
const GAMMA2 = (Q - 1) / 88;
const HIGH = 44; // values of a coefficient's high part
const BETA = 78;
const TAU = 39; // coefficients of c that are not zero
const OMEGA = 80; // most hints
const C_SIZE = 32;
const Z_SIZE = 576;
const T1_SIZE = 320;
const [PUBLIC_SIZE, SIGNATURE_SIZE] = [32 + SIZE * T1_SIZE, C_SIZE + SIZE * Z_SIZE + OMEGA + SIZE];

const ROWS = [0, 1, 2, 3];
const ZETAS = Array.from({ length: 256 }, (_, k) => power(1753, reversed(k)));
const INVERSE_256 = 8_347_681;

/**
 * Whether this key made this signature over this message; false for bytes of any other length and form.
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 */
export function verify(publicKey, message, signature) {
  if (publicKey.length !== PUBLIC_SIZE || signature.length !== SIGNATURE_SIZE) return false;
  const [rho, seed] = [publicKey.subarray(0, 32), signature.subarray(0, C_SIZE)];
  const z = ROWS.map((row) => responses(signature.subarray(C_SIZE + row * Z_SIZE)));
  const hints = unpackHints(signature.subarray(C_SIZE + SIZE * Z_SIZE));
  if (!hints || z.flat().some((each) => Math.abs(centred(each)) >= GAMMA1 - BETA)) return false;
  // The two zero bytes say: the pure scheme, an empty context.
  const mu = shake(256, [shake(256, [publicKey], 64), Uint8Array.of(0, 0), message], 64);
  const [zHat, cHat] = [z.map(ntt), ntt(challenge(seed))];
  const high = ROWS.map((row) => {
    const t1 = highBits(publicKey.subarray(32 + row * T1_SIZE));
    return useHints(commitment(rho, row, zHat, cHat, t1), hints[row]);
  });
  return equal(shake(256, [mu, ...high.map(packHigh)], C_SIZE), seed);
}

/**
 * Row of A z - c t1 2^13.
 * @param {Uint8Array} rho
 * @param {number} row
 * @param {Polynomial[]} zHat
 * @param {Polynomial} cHat
 * @param {Polynomial} t1
 */
function commitment(rho, row, zHat, cHat, t1) {
  const tHat = ntt(t1.map((each) => each * DROPPED));
  const sum = tHat.map((each, at) => Q - ((cHat[at] * each) % Q));
  ROWS.forEach((column) => {
    const a = matrixEntry(rho, row, column);
    sum.forEach((each, at) => (sum[at] = (each + a[at] * zHat[column][at]) % Q));
  });
  return inverseNtt(sum);
}

// Decoded

/**
 * Coefficients of z, 18 bits each, told as 2^17 - coefficient.
 * @param {Uint8Array} raw
 * @returns {Polynomial}
 */
function responses(raw) {
  return unpacked(raw, 18).map((each) => reduced(GAMMA1 - each));
}

/**
 * @param {Uint8Array} raw
 * @returns {Polynomial}
 */
function highBits(raw) {
  return unpacked(raw, 10);
}

/**
 * 256 numbers of so many bits, the lowest bit first.
 * @param {Uint8Array} raw
 * @param {number} width
 */
function unpacked(raw, width) {
  return Array.from({ length: 256 }, (_, place) => {
    const [at, shift] = [(place * width) >> 3, (place * width) & 7];
    return (((raw[at] | (raw[at + 1] << 8) | (raw[at + 2] << 16)) >>> shift) & (2 ** width - 1)) >>> 0;
  });
}

/**
 * The places of the hints of each row, or undefined if they are not spelled in the one way: ascending, the rest zero.
 * @param {Uint8Array} raw
 */
function unpackHints(raw) {
  const ends = [0, ...raw.subarray(OMEGA, OMEGA + SIZE)];
  const rows = ROWS.map((row) => Array.from(raw.subarray(ends[row], ends[row + 1])));
  const isWhole = ROWS.every((row) => ends[row] <= ends[row + 1] && ends[row + 1] <= OMEGA);
  const ascend = rows.every((places) => places.every((place, at) => at === 0 || places[at - 1] < place));
  return isWhole && ascend && raw.subarray(ends[SIZE], OMEGA).every((byte) => byte === 0) ? rows : undefined;
}

// Sampled

/**
 * A row's and column's polynomial of A, already transformed (RejNTTPoly).
 * @param {Uint8Array} rho
 * @param {number} row
 * @param {number} column
 */
function matrixEntry(rho, row, column) {
  /** @type {Polynomial} */
  const found = [];
  // One try in a thousand is refused; 298 tries do but for a chance of 2^-256 (FIPS 204, appendix C).
  const stream = shake(128, [rho, Uint8Array.of(column, row)], 3 * 298);
  for (let at = 0; at < stream.length && found.length < 256; at += 3) {
    const each = stream[at] | (stream[at + 1] << 8) | ((stream[at + 2] & 0x7f) << 16);
    if (each < Q) found.push(each);
  }
  return found;
}

/**
 * The polynomial of 39 coefficients 1 or -1 that c~ stands for (SampleInBall).
 * @param {Uint8Array} seed
 */
function challenge(seed) {
  const stream = shake(256, [seed], 8 + 121); // 121 tries: FIPS 204, appendix C
  const signs = unpackedBits(stream.subarray(0, 8));
  /** @type {Polynomial} */
  const c = new Array(256).fill(0);
  let at = 8;
  for (let place = 256 - TAU; place < 256; place += 1) {
    while (stream[at] > place) at += 1;
    c[place] = c[stream[at]];
    c[stream[at]] = signs[place - 256 + TAU] ? Q - 1 : 1;
    at += 1;
  }
  return c;
}

/** @param {Uint8Array} raw */
function unpackedBits(raw) {
  return Array.from({ length: 8 * raw.length }, (_, bit) => (raw[bit >> 3] >> (bit & 7)) & 1);
}

// High parts

/**
 * The high part of each coefficient, moved by one where a hint stands (UseHint).
 * @param {Polynomial} polynomial
 * @param {number[]} places
 */
function useHints(polynomial, places) {
  const hinted = new Set(places);
  return polynomial.map((each, at) => {
    const [high, low] = decomposed(each);
    if (!hinted.has(at)) return high;
    return (high + (low > 0 ? 1 : HIGH - 1)) % HIGH;
  });
}

/**
 * @param {number} each
 * @returns {[high: number, low: number]}
 */
function decomposed(each) {
  const rest = each % (2 * GAMMA2);
  const low = rest > GAMMA2 ? rest - 2 * GAMMA2 : rest;
  return each - low === Q - 1 ? [0, low - 1] : [(each - low) / (2 * GAMMA2), low];
}

/**
 * 256 numbers of 6 bits.
 * @param {number[]} high
 */
function packHigh(high) {
  return Uint8Array.from({ length: 192 }, (_, at) => {
    const [place, shift] = [Math.floor((8 * at) / 6), (8 * at) % 6];
    return ((high[place] | (high[place + 1] << 6)) >> shift) & 0xff;
  });
}

// Arithmetic modulo Q

/**
 * The transform in which polynomials multiply place by place (NTT).
 * @param {Polynomial} polynomial
 */
function ntt(polynomial) {
  const w = polynomial.map(reduced);
  let k = 0;
  for (let half = 128; half >= 1; half /= 2) {
    for (let start = 0; start < 256; start += 2 * half) {
      k += 1;
      for (let at = start; at < start + half; at += 1) {
        const far = (ZETAS[k] * w[at + half]) % Q;
        [w[at], w[at + half]] = [(w[at] + far) % Q, (w[at] + Q - far) % Q];
      }
    }
  }
  return w;
}

/** @param {Polynomial} transformed */
function inverseNtt(transformed) {
  const w = transformed.slice();
  let k = 256;
  for (let half = 1; half < 256; half *= 2) {
    for (let start = 0; start < 256; start += 2 * half) {
      k -= 1;
      for (let at = start; at < start + half; at += 1) {
        const [near, far] = [w[at], w[at + half]];
        [w[at], w[at + half]] = [(near + far) % Q, (ZETAS[k] * (far + Q - near)) % Q];
      }
    }
  }
  return w.map((each) => (each * INVERSE_256) % Q);
}

/** @param {number} number */
function reduced(number) {
  return ((number % Q) + Q) % Q;
}

/** @param {number} number */
function centred(number) {
  return number > Q / 2 ? number - Q : number;
}

/**
 * @param {number} base
 * @param {number} exponent
 */
function power(base, exponent) {
  let product = 1;
  for (let left = exponent; left; left -= 1) product = (product * base) % Q;
  return product;
}

/**
 * The eight bits of a number in the opposite order.
 * @param {number} number
 */
function reversed(number) {
  return parseInt(number.toString(2).padStart(8, "0").split("").reverse().join(""), 2);
}
