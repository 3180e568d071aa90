/**
 * Whom to believe: the logs, the witnesses and the quorum (c2sp.org/tlog-policy, draft of 2026-07-22).
 *
 *     log <vkey> [<url>]
 *     witness <name> <vkey> [<url>]
 *     group <name> all|any|<k> <member>...
 *     quorum <name>|none
 */

import { hex } from "./bytes.js";
import { cosignedAt, openCheckpoint } from "./checkpoint.js";
import { Malformed, Unproven } from "./errors.js";
import { parseVkey } from "./note.js";
import { COSIGNATURE, ED25519, ML_DSA_44 } from "./signatures.js";
import { decimal, utf8 } from "./spelling.js";

/** @typedef {import("./note.js").Vkey} Vkey */
/** @typedef {{ vkey: Vkey, url: string | undefined }} Log its key bears the origin as its name */
/** @typedef {{ name: string, vkey: Vkey, url: string | undefined }} Witness under the name that this policy gives it */
/** @typedef {{ name: string, needed: number, members: string[] }} Group speaks when that many of its members do */
/** @typedef {{ logs: Log[], witnesses: Witness[], groups: Group[], quorum: string }} Policy */

export const NONE = "none";

const LOG_TYPES = [ED25519, ML_DSA_44];
const WITNESS_TYPES = [COSIGNATURE, ML_DSA_44];
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;

const MAX_LINES = 1000;

/**
 * The policy of a file's text; Malformed unless exactly one quorum is named.
 * @param {string | Uint8Array} raw
 * @returns {Policy}
 */
export function parsePolicy(raw) {
  const text = utf8(raw, "policy");
  if (!text.endsWith("\n") || CONTROL.test(text) || text.split("\n").length > MAX_LINES + 1) {
    throw new Malformed("policy", `a control character, no newline at the end, or more than ${MAX_LINES} lines`);
  }
  /** @type {Policy} */
  const policy = { logs: [], witnesses: [], groups: [], quorum: "" };
  for (const line of text.split("\n")) {
    const fields = line.split(/[ \t]+/).filter(Boolean);
    if (fields.length && !fields[0].startsWith("#")) add(policy, fields);
  }
  if (!policy.quorum) throw new Malformed("policy", "names no quorum");
  return policy;
}

/**
 * The keys under which this origin's checkpoints are accepted.
 * @param {Policy} policy
 * @param {string} origin
 */
export function logKeys(policy, origin) {
  return policy.logs.map((log) => log.vkey).filter((vkey) => vkey.name === origin);
}

/**
 * Whether cosignatures of these witnesses, by their names in the policy, make the quorum.
 * @param {Policy} policy
 * @param {Iterable<string>} cosignedBy
 */
export function satisfied(policy, cosignedBy) {
  const speaking = new Set([NONE, ...cosignedBy]);
  for (const { name, needed, members } of policy.groups) {
    if (members.filter((member) => speaking.has(member)).length >= needed) speaking.add(name);
  }
  return speaking.has(policy.quorum);
}

/**
 * A checkpoint signed by a log of the policy under its own origin and cosigned by a quorum.
 *
 * Malformed, or Unproven with code `log` or `quorum` where one of these is missing.
 * @param {string | Uint8Array} raw
 * @param {Policy} policy
 */
export async function verifyCheckpoint(raw, policy) {
  const trusted = [...policy.logs, ...policy.witnesses].map((each) => each.vkey);
  const { checkpoint, note } = await openCheckpoint(raw, trusted);
  const signers = new Map(note.verified.map(({ vkey, blob }) => [vkey.text, blob]));
  if (!logKeys(policy, checkpoint.origin).some((vkey) => signers.has(vkey.text))) {
    throw new Unproven("checkpoint", `not signed by a log key of ${checkpoint.origin}`, "log");
  }
  const witnesses = policy.witnesses.flatMap((witness) => {
    const blob = signers.get(witness.vkey.text);
    return blob ? [{ witness, at: cosignedAt(blob) }] : [];
  });
  if (!satisfied(policy, witnesses.map(({ witness }) => witness.name))) {
    throw new Unproven("checkpoint", "not cosigned by the policy's quorum", "quorum");
  }
  return { checkpoint, note, witnesses };
}

/**
 * @param {Policy} policy
 * @param {string[]} fields
 */
function add(policy, [keyword, ...rest]) {
  if (keyword === "log" && (rest.length === 1 || rest.length === 2)) return addLog(policy, rest);
  if (keyword === "witness" && (rest.length === 2 || rest.length === 3)) return addWitness(policy, rest);
  if (keyword === "group" && rest.length >= 2) return addGroup(policy, rest);
  if (keyword === "quorum" && rest.length === 1 && !policy.quorum && (rest[0] === NONE || names(policy).has(rest[0]))) {
    policy.quorum = rest[0];
    return;
  }
  throw new Malformed("policy", [keyword, ...rest].join(" "));
}

/**
 * @param {Policy} policy
 * @param {string[]} fields
 */
function addLog(policy, [key, url]) {
  policy.logs.push({ vkey: newVkey(key, LOG_TYPES, policy.logs), url });
}

/**
 * @param {Policy} policy
 * @param {string[]} fields
 */
function addWitness(policy, [name, key, url]) {
  policy.witnesses.push({ name: newName(policy, name), vkey: newVkey(key, WITNESS_TYPES, policy.witnesses), url });
}

/**
 * @param {Policy} policy
 * @param {string[]} fields
 */
function addGroup(policy, [name, count, ...members]) {
  newName(policy, name);
  // One place for each name: a witness that counted twice could make a quorum alone.
  const [known, taken] = [names(policy), new Set(policy.groups.flatMap((group) => group.members))];
  if (new Set(members).size < members.length || !members.every((member) => known.has(member) && !taken.has(member))) {
    throw new Malformed("policy", `a member of group ${name} is not defined above or stands in a group already`);
  }
  const needed = quota(count, members.length);
  if (needed < 1 || needed > members.length) throw new Malformed("policy", `group ${name} has ${members.length} members`);
  policy.groups.push({ name, needed, members });
}

/**
 * @param {string} count
 * @param {number} size
 */
function quota(count, size) {
  if (count === "any") return 1;
  return count === "all" ? size : Number(decimal(count, "policy"));
}

/**
 * @param {Policy} policy
 * @param {string} name
 */
function newName(policy, name) {
  if (name === NONE || names(policy).has(name)) throw new Malformed("policy", `the name ${name} is taken`);
  return name;
}

/** @param {Policy} policy */
function names({ witnesses, groups }) {
  return new Set([...witnesses, ...groups].map((each) => each.name));
}

/**
 * @param {string} text
 * @param {number[]} types
 * @param {{ vkey: Vkey }[]} others
 */
function newVkey(text, types, others) {
  const vkey = parseVkey(text);
  if (!types.includes(vkey.type)) throw new Malformed("policy", `a key of type ${vkey.type} does not do this`);
  if (others.some((other) => hex(other.vkey.publicKey) === hex(vkey.publicKey))) {
    throw new Malformed("policy", `the public key of ${vkey.name} stands there already`);
  }
  return vkey;
}
