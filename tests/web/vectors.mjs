/** The golden vectors, read; and what every test here needs. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { Unsound } from "../../web/static/js/errors.js";
import { EMPTY, nodeHash } from "../../web/static/js/merkle.js";

const FOLDER = new URL("../vectors/", import.meta.url);

/** @param {string} name */
export const load = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));

/** @param {string} digits */
export const unhex = (digits) => new Uint8Array(Buffer.from(digits, "hex"));

/** @param {string} text */
export const un64 = (text) => new Uint8Array(Buffer.from(text, "base64"));

/** @param {string} text */
export const utf8 = (text) => new Uint8Array(Buffer.from(text, "utf8"));

/** @param {Uint8Array} raw */
export const hex = (raw) => Buffer.from(raw).toString("hex");

/**
 * The value that a vector shows: {"int": "5"}, {"bin": "00ff"}, {"map": [[key, value], ...]}.
 * @param {any} tagged
 * @returns {any}
 */
export function value(tagged) {
  if (Array.isArray(tagged)) return tagged.map(value);
  if (tagged?.int !== undefined) return Number.isSafeInteger(Number(tagged.int)) ? Number(tagged.int) : BigInt(tagged.int);
  if (tagged?.bin !== undefined) return unhex(tagged.bin);
  if (tagged?.map !== undefined) return new Map(tagged.map.map(([key, inner]) => [key, value(inner)]));
  return tagged;
}

/**
 * That this is refused, with this code if one is given, whether it throws now or later.
 * @param {() => unknown} act
 * @param {string} [code]
 */
export async function refuses(act, code) {
  await assert.rejects(
    async () => act(),
    (why) => why instanceof Unsound && (code === undefined || why.code === code),
  );
}

/**
 * RFC 6962 section 2.1, word for word.
 * @param {Uint8Array[]} leaves
 * @returns {Uint8Array}
 */
export function root(leaves) {
  if (leaves.length <= 1) return leaves[0] ?? EMPTY;
  const middle = split(leaves.length);
  return nodeHash(root(leaves.slice(0, middle)), root(leaves.slice(middle)));
}

/**
 * RFC 6962 section 2.1.1, word for word.
 * @param {number} index
 * @param {Uint8Array[]} leaves
 * @returns {Uint8Array[]}
 */
export function path(index, leaves) {
  if (leaves.length <= 1) return [];
  const middle = split(leaves.length);
  const [left, right] = [leaves.slice(0, middle), leaves.slice(middle)];
  return index < middle ? [...path(index, left), root(right)] : [...path(index - middle, right), root(left)];
}

/** @param {number} size */
function split(size) {
  let middle = 1;
  while (middle * 2 < size) middle *= 2;
  return middle;
}
