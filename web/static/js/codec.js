/**
 * Canonical MessagePack: one value, one spelling.
 *
 * nil, bool, int (-2^63..2^64-1), str (UTF-8), bin, array and map with str keys ascending by their UTF-8 bytes, each in its
 * shortest form; no float, no extension, no duplicate key, nothing after the value, at most 16 open containers.
 *
 *     {"a": 1, "b": [nil, -1]}  =  82 a1 61 01 a1 62 92 c0 ff
 *
 * In JavaScript: nil is null, an int is a number within ±(2^53-1) and a BigInt outside, bin is a Uint8Array, a map is a Map.
 */

import { bigEndian, compare, concat, encode, equal, unBigEndian } from "./bytes.js";
import { Malformed } from "./errors.js";
import { utf8 } from "./spelling.js";

/** @typedef {null | boolean | number | bigint | string | Uint8Array | Value[] | Map<string, Value>} Value */
/** @typedef {{ raw: Uint8Array, at: number }} Input */

const MAX_DEPTH = 16;

/** @type {[number, number][]} */
const UNSIGNED = [[0xcc, 1], [0xcd, 2], [0xce, 4], [0xcf, 8]];
/** @type {[number, number][]} */
const SIGNED = [[0xd0, 1], [0xd1, 2], [0xd2, 4], [0xd3, 8]];
/** @type {[number, number][]} */
const BIN = [[0xc4, 1], [0xc5, 2], [0xc6, 4]];
/** @type {[number, number][]} */
const STR = [[0xd9, 1], [0xda, 2], [0xdb, 4]];
/** @type {[number, number][]} */
const ARRAY = [[0xdc, 2], [0xdd, 4]];
/** @type {[number, number][]} */
const MAP = [[0xde, 2], [0xdf, 4]];

/**
 * The canonical bytes of a value; keys may come in any order.
 * @param {Value} value
 */
export function pack(value) {
  return write(value, MAX_DEPTH);
}

/**
 * The value of canonical bytes. Any other spelling is Malformed.
 * @param {Uint8Array} raw
 * @returns {Value}
 */
export function unpack(raw) {
  const value = read({ raw, at: 0 }, MAX_DEPTH);
  if (!equal(pack(value), raw)) throw new Malformed("msgpack", "not the canonical spelling");
  return value;
}

// Written

/**
 * @param {Value} value
 * @param {number} room containers that may still be opened
 * @returns {Uint8Array}
 */
function write(value, room) {
  if (value === null) return Uint8Array.of(0xc0);
  if (typeof value === "boolean") return Uint8Array.of(value ? 0xc3 : 0xc2);
  if (typeof value === "number" || typeof value === "bigint") return integer(value);
  if (typeof value === "string") return text(value);
  if (value instanceof Uint8Array) return concat([head(value.length, 0, 0, BIN), value]);
  if (Array.isArray(value)) return concat([head(value.length, 0x90, 16, ARRAY), ...items(value, inner(room))]);
  if (value instanceof Map) return concat([head(value.size, 0x80, 16, MAP), ...pairs(value, inner(room))]);
  throw new Malformed("msgpack", `no canonical form for ${typeof value}`);
}

/** @param {number | bigint} value */
function integer(value) {
  const exact = typeof value === "bigint" || (Number.isSafeInteger(value) && !Object.is(value, -0));
  if (!exact) throw new Malformed("msgpack", `no canonical form for the number ${value}`);
  const number = BigInt(value);
  if (number >= 0n) return head(number, 0x00, 128, UNSIGNED);
  if (number >= -32n) return Uint8Array.of(Number(number));
  const form = SIGNED.find(([, width]) => BigInt.asIntN(8 * width, number) === number);
  if (!form) throw new Malformed("msgpack", `no form for ${number}`);
  return concat([Uint8Array.of(form[0]), bigEndian(number, form[1])]);
}

/** @param {string} value */
function text(value) {
  const raw = encode(utf8(value, "msgpack"));
  return concat([head(raw.length, 0xa0, 32, STR), raw]);
}

/**
 * @param {Value[]} array
 * @param {number} room
 */
function items(array, room) {
  return array.map((item) => write(item, room));
}

/**
 * @param {Map<string, Value>} map
 * @param {number} room
 */
function pairs(map, room) {
  const rows = [...map].map(([key, value]) => ({ name: encode(key), key: text(key), value: write(value, room) }));
  // The order of UTF-8 bytes; JavaScript's own order of strings is that of UTF-16 units, another one.
  rows.sort((left, right) => compare(left.name, right.name));
  return rows.flatMap((row) => [row.key, row.value]);
}

/**
 * A number in the first form that holds it: below `limit` within the code itself, else behind one.
 * @param {number | bigint} number
 * @param {number} code
 * @param {number} limit
 * @param {[number, number][]} forms
 */
function head(number, code, limit, forms) {
  const value = BigInt(number);
  if (value < limit) return Uint8Array.of(code + Number(value));
  const form = forms.find(([, width]) => BigInt.asUintN(8 * width, value) === value);
  if (!form) throw new Malformed("msgpack", `no form for ${number}`);
  return concat([Uint8Array.of(form[0]), bigEndian(value, form[1])]);
}

/** @param {number} room */
function inner(room) {
  if (!room) throw new Malformed("msgpack", `more than ${MAX_DEPTH} open containers`);
  return room - 1;
}

// Read: leniently, since `unpack` writes the value again and compares

/**
 * @param {Input} input
 * @param {number} room
 * @returns {Value}
 */
function read(input, room) {
  const code = take(input, 1)[0];
  if (code < 0x80) return code;
  if (code < 0x90) return readMap(input, code & 0x0f, inner(room));
  if (code < 0xa0) return readArray(input, code & 0x0f, inner(room));
  if (code < 0xc0) return readText(input, code & 0x1f);
  if (code >= 0xe0) return code - 0x100;
  const reader = READERS.get(code);
  if (!reader) throw new Malformed("msgpack", `no value begins with ${code.toString(16)}`);
  return reader(input, room);
}

/** @type {Map<number, (input: Input, room: number) => Value>} */
const READERS = new Map([
  [0xc0, () => null],
  [0xc2, () => false],
  [0xc3, () => true],
  ...readers(UNSIGNED, (width) => (input) => narrow(unBigEndian(take(input, width)))),
  ...readers(SIGNED, (width) => (input) => narrow(BigInt.asIntN(8 * width, unBigEndian(take(input, width))))),
  ...readers(BIN, (width) => (input) => take(input, length(input, width))),
  ...readers(STR, (width) => (input) => readText(input, length(input, width))),
  ...readers(ARRAY, (width) => (input, room) => readArray(input, length(input, width), inner(room))),
  ...readers(MAP, (width) => (input, room) => readMap(input, length(input, width), inner(room))),
]);

/**
 * @param {[number, number][]} forms
 * @param {(width: number) => (input: Input, room: number) => Value} reader
 * @returns {[number, (input: Input, room: number) => Value][]}
 */
function readers(forms, reader) {
  return forms.map(([code, width]) => [code, reader(width)]);
}

/**
 * @param {Input} input
 * @param {number} size
 */
function take(input, size) {
  const end = input.at + size;
  if (end > input.raw.length) throw new Malformed("msgpack", "cut short");
  const taken = input.raw.slice(input.at, end);
  input.at = end;
  return taken;
}

/**
 * @param {Input} input
 * @param {number} width
 */
function length(input, width) {
  return Number(unBigEndian(take(input, width)));
}

/** @param {bigint} number */
function narrow(number) {
  const short = Number(number);
  return Number.isSafeInteger(short) ? short : number;
}

/**
 * @param {Input} input
 * @param {number} size
 */
function readText(input, size) {
  return utf8(take(input, size), "msgpack");
}

/**
 * @param {Input} input
 * @param {number} count believed element by element: nothing is reserved for it
 * @param {number} room
 */
function readArray(input, count, room) {
  /** @type {Value[]} */
  const array = [];
  while (array.length < count) array.push(read(input, room));
  return array;
}

/**
 * @param {Input} input
 * @param {number} count
 * @param {number} room
 */
function readMap(input, count, room) {
  /** @type {Map<string, Value>} */
  const map = new Map();
  for (let left = count; left; left -= 1) {
    const key = read(input, room);
    if (typeof key !== "string") throw new Malformed("msgpack", "a map's key is not a str");
    map.set(key, read(input, room));
  }
  return map;
}
