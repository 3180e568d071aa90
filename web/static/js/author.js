/**
 * Making a statement: body and openings become what is signed, and then what is submitted; as keys/authoring.py makes them.
 */

import { compare, random } from "./bytes.js";
import { pack } from "./codec.js";
import { parseStatement } from "./entry.js";
import { context, digest } from "./opening.js";
import { WEBAUTHN } from "./webauthn.js";

/** @typedef {import("./codec.js").Value} Value */
/**
 * What a statement is made of; times in Unix ms. `openings` holds every name that the kind allows for this body: a name whose
 * value is undefined becomes a decoy, so that its absence does not show.
 * @typedef {object} Parts
 * @property {string} kind
 * @property {Map<string, Value>} body
 * @property {Map<string, Value | undefined>} [openings]
 * @property {string} ledger
 * @property {string} stream
 * @property {Uint8Array | null} [about]
 * @property {Uint8Array | null} [prev]
 * @property {[number, Uint8Array] | null} [seen]
 * @property {number} [until] a day after `at` unless given
 * @property {number} at
 * @property {Uint8Array} by
 * @property {(size: number) => Uint8Array} [salt]
 */
/**
 * The statement's bytes, the openings in the order of its digests, and the submission that a signature makes of them.
 * @typedef {object} Composed
 * @property {Uint8Array} statement
 * @property {Uint8Array[]} openings
 * @property {(signature: Uint8Array, suite?: string) => Uint8Array} submission
 */

export const DAY_MS = 86_400_000;
const SALT_BYTES = 16;

/**
 * One act by the key `by`, ready to be signed. Malformed where it would be no statement.
 * @param {Parts} parts
 * @returns {Composed}
 */
export function compose({ kind, body, openings = new Map(), ledger, stream, about = null, prev = null, seen = null, until, at, by, salt = random }) {
  const raws = [...openings].map(([name, value]) => opening(salt(SALT_BYTES), name, value));
  const rows = sealed(raws, { ledger, stream, prev });
  const fields = {
    about, at, body, by, kind, ledger, prev, sealed: rows.map((row) => row.digest), seen, stream, until: until ?? at + DAY_MS,
  };
  const statement = pack(new Map(Object.entries(fields)));
  parseStatement(statement);
  const opened = rows.map((row) => row.raw);
  return {
    statement,
    openings: opened,
    submission: (signature, suite = WEBAUTHN) => pack(new Map(Object.entries({ openings: opened, signature, statement, suite }))),
  };
}

/**
 * @param {Uint8Array} salt
 * @param {string} name
 * @param {Value | undefined} value
 */
function opening(salt, name, value) {
  return pack(value === undefined ? [salt, "", null] : [salt, name, value]);
}

/**
 * Openings with their digests in this place, ascending.
 * @param {Uint8Array[]} raws
 * @param {import("./opening.js").Place} place
 */
function sealed(raws, place) {
  const bound = context(place);
  return raws.map((raw) => ({ digest: digest(bound, raw), raw })).sort((left, right) => compare(left.digest, right.digest));
}
