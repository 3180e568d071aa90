/**
 * Ed25519, verified strictly (RFC 8032; docs/spec/suites.md): S < L, A and R canonical and not of small order, and the encoding
 * of [S]B - [k]A equals R, without cofactor.
 *
 * Browsers differ on crafted keys and signatures, so form and order are judged here first. For the equation WebCrypto serves
 * where it is there and proves as strict; else the curve arithmetic of `vendor/noble-ed25519.js`. Nothing here signs.
 */

import { encode, equal, unLittleEndian, unhex } from "./bytes.js";
import { sha512 } from "./hash.js";
import { Point } from "./vendor/noble-ed25519.js";

/** @typedef {(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>} Equation */

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** y of the two points of order 8 up to sign; with 0, 1 and -1 these are all y of small order. */
const Y8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL_ORDER = [0n, 1n, P - 1n, Y8, P - Y8];

/** Under one key over one message: an ordinary signature, and one that holds only after multiplication by the cofactor. */
const PROBE = {
  publicKey: unhex("88aa55e6afeed8960a3191de78600347db8acd0a3795412f275f049b86260488"),
  message: encode("hello"),
  ordinary: unhex(
    "3e54c441927f9f0ee5e13e34f0b0404c5043651a8f4b7ef087a1c42262a85d0a" +
      "5d4a78d13af5ee7d693e01e4f7cbb76e4da49cfb67c49b906b271952c5c8f302",
  ),
  cofactored: unhex(
    "607055ca3d4aa8af26961afb12b1e60a75fac88f9c260ff25806631dbb269159" +
      "20ad27479ebb6ff0d7059b05e6ad97b4b946f92509bb0347dd7915698821000a",
  ),
};

/** @type {Promise<Equation> | undefined} */
let chosen;

/**
 * Whether this key made this signature over this message; false for bytes of any other length and form.
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 * @param {Equation} [equation] who computes; by default whoever is there and strict
 * @returns {Promise<boolean>}
 */
export async function verify(publicKey, message, signature, equation) {
  if (publicKey.length !== 32 || signature.length !== 64 || unLittleEndian(signature.subarray(32)) >= L) return false;
  if (!isStrong(publicKey) || !isStrong(signature.subarray(0, 32))) return false;
  return (equation ?? (await (chosen ??= choose())))(publicKey, message, signature);
}

/**
 * Whether 32 bytes are the canonical encoding of a y that is not of small order.
 * @param {Uint8Array} point
 */
function isStrong(point) {
  const y = BigInt.asUintN(255, unLittleEndian(point)); // the highest bit is the sign of x
  return y < P && !SMALL_ORDER.includes(y);
}

/** WebCrypto if it is there, knows Ed25519 and computes without cofactor; else the portable equation. */
async function choose() {
  const { publicKey, message, ordinary, cofactored } = PROBE;
  const isStrict = (await native(publicKey, message, ordinary)) && !(await native(publicKey, message, cofactored));
  return isStrict ? native : portable;
}

/** @type {Equation} */
export async function native(publicKey, message, signature) {
  try {
    const key = await crypto.subtle.importKey("raw", publicKey.slice(), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature.slice(), message.slice());
  } catch {
    return false; // no WebCrypto, no Ed25519 in it, or no point of the curve
  }
}

/** @type {Equation} */
export function portable(publicKey, message, signature) {
  const [first, second] = [signature.subarray(0, 32), signature.subarray(32)];
  const k = unLittleEndian(sha512(first, publicKey, message)) % L;
  const minusA = decoded(publicKey)?.negate();
  return minusA !== undefined && equal(combined(unLittleEndian(second), k, minusA).toBytes(), first);
}

/** @param {Uint8Array} publicKey */
function decoded(publicKey) {
  try {
    return Point.fromBytes(publicKey);
  } catch {
    return undefined; // no point of the curve
  }
}

/**
 * [s]B + [k]Q in one pass over the bits of both.
 * @param {bigint} s
 * @param {bigint} k
 * @param {Point} q
 */
function combined(s, k, q) {
  const both = Point.BASE.add(q);
  let sum = Point.ZERO;
  for (let bit = 252n; bit >= 0n; bit -= 1n) {
    const [withB, withQ] = [(s >> bit) & 1n, (k >> bit) & 1n];
    sum = sum.double();
    if (withB || withQ) sum = sum.add(withB && withQ ? both : withB ? Point.BASE : q);
  }
  return sum;
}
