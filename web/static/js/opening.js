/**
 * Openings: what a statement's sealed digests stand for.
 *
 *     opening = [salt: bin16, name: str, value]      decoy = [salt, "", nil]
 *     context = SHA-256(ledger 00 stream 00 p), p = the 32 bytes of prev, or "-" when it is nil
 *     digest  = SHA-256("liuchi/opening/v1" 00 context opening)
 *
 * The digest binds an opening to its place: copied into another ledger, stream or position it opens nothing there.
 */

import { encode, equal, hex } from "./bytes.js";
import { unpack } from "./codec.js";
import { ascends } from "./entry.js";
import { Malformed, Unproven } from "./errors.js";
import { sha256 } from "./hash.js";

/** @typedef {import("./codec.js").Value} Value */
/** @typedef {{ ledger: string, stream: string, prev: Uint8Array | null }} Place where a statement stands */

const SALT_SIZE = 16;

const PURPOSE = encode("liuchi/opening/v1\0");
const ZERO = Uint8Array.of(0);

const MALFORMED = "opening-malformed";
const NAME = "opening-name";
const NOT_OPENED = "sealed-not-opened";
const COUNT = "sealed-count";
const ORDER = "sealed-order";

/**
 * The opening of canonical bytes, else Malformed with code opening-malformed.
 * @param {Uint8Array} raw
 */
export function parseOpening(raw) {
  const fields = unpacked(raw);
  const [salt, name, value, ...more] = Array.isArray(fields) ? fields : [];
  const isWhole = salt instanceof Uint8Array && typeof name === "string" && value !== undefined && !more.length;
  if (!isWhole || salt.length !== SALT_SIZE || (name === "" && value !== null)) {
    throw new Malformed("opening", "[salt of 16 bytes, name, value], without value if the name is empty", MALFORMED);
  }
  return { salt, name, value };
}

/** @param {Uint8Array} raw */
function unpacked(raw) {
  try {
    return unpack(raw);
  } catch (why) {
    throw why instanceof Malformed ? new Malformed("opening", why.why, MALFORMED) : why;
  }
}

/**
 * The place to which digests are bound.
 * @param {Place} place
 */
export function context({ ledger, stream, prev }) {
  return sha256(encode(ledger), ZERO, encode(stream), ZERO, prev ?? encode("-"));
}

/**
 * What stands in `sealed` for an opening's bytes.
 * @param {Uint8Array} bound the context
 * @param {Uint8Array} raw
 */
export function digest(bound, raw) {
  return sha256(PURPOSE, bound, raw);
}

/**
 * The door's check: opening i hashes to digest i, none is missing, none says what another says; name -> value.
 *
 * Malformed or Unproven with code sealed-order, sealed-not-opened, opening-malformed or opening-name.
 * @param {Uint8Array[]} sealed
 * @param {Uint8Array[]} openings
 * @param {Place} place
 */
export function check(sealed, openings, place) {
  if (!ascends(sealed)) throw new Malformed("sealed", "digests ascend strictly", ORDER);
  const bound = context(place);
  if (sealed.length !== openings.length || !openings.every((raw, at) => equal(digest(bound, raw), sealed[at]))) {
    throw new Unproven("sealed", "every digest is opened, in the same order", NOT_OPENED);
  }
  return named(openings);
}

/**
 * A reader's check of the openings it holds: each is one of the digests; name -> value. Errors as in `check`.
 * @param {Uint8Array[]} sealed
 * @param {Uint8Array[]} openings
 * @param {Place} place
 */
export function reveal(sealed, openings, place) {
  const [bound, known] = [context(place), new Set(sealed.map(hex))];
  if (!openings.every((raw) => known.has(hex(digest(bound, raw))))) {
    throw new Unproven("opening", "opens no digest of this statement", NOT_OPENED);
  }
  return named(openings);
}

/**
 * That the names are those which a kind demands and allows, under `count` digests.
 * @param {Map<string, Value>} found
 * @param {Uint8Array[]} sealed
 * @param {{ required: string[], optional: string[], count: number }} row
 */
export function checkNames(found, sealed, { required, optional, count }) {
  const allowed = new Set([...required, ...optional]);
  if (!required.every((name) => found.has(name)) || ![...found.keys()].every((name) => allowed.has(name))) {
    throw new Malformed("openings", `required: ${required}, allowed besides: ${optional}`, NAME);
  }
  if (sealed.length !== count) throw new Malformed("sealed", "another number of digests than the kind has", COUNT);
}

/** @param {Uint8Array[]} openings */
function named(openings) {
  /** @type {Map<string, Value>} */
  const found = new Map();
  for (const { name, value } of openings.map(parseOpening)) {
    if (found.has(name)) throw new Malformed("openings", `${name} is opened twice`, NAME);
    if (name) found.set(name, value);
  }
  return found;
}
