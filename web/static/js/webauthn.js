/**
 * Passkeys, `webauthn-v1`: what a phone's authenticator signs, and whether it did (docs/spec/suites.md).
 *
 *     public key = [rp_id: str, P-256 point: bin65]
 *     signature  = [authenticatorData: bin37, clientDataJSON: bin ≤ 896, r || s: bin64]
 *     challenge  = SHA-256(signed bytes), base64url without padding
 *
 * Both are canonical msgpack. clientDataJSON is read by a grammar of our own, the same pattern in every language.
 */

import { concat, encode, equal, unBigEndian } from "./bytes.js";
import { pack, unpack } from "./codec.js";
import { Malformed } from "./errors.js";
import { sha256 } from "./hash.js";
import { base64, utf8 } from "./spelling.js";

/** @typedef {import("./codec.js").Value} Value */
/** @typedef {{ rpId: string, point: Uint8Array }} Passkey */

export const WEBAUTHN = "webauthn-v1";

const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

const MAX_CLIENT_DATA = 896;
const MAX_HOST = 253;
const NEEDED = 0x05; // UP: somebody was there, UV: and was known
const KNOWN = 0x1d; // and BE, BS: may be copied to the holder's other devices, and is
const COPIES = 0x18;
const COPIED_ONLY = 0x10;

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const SITE = new RegExp(`^(?:localhost|(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)$`);
const ORIGIN = new RegExp(`^(https?)://(${LABEL}(?:\\.${LABEL})*)(?::[1-9][0-9]{0,4})?$`);
const TEXT = String.raw`"(?:[^"\\\x00-\x1f]|\\(?:["\\\/bfnrt]|u(?:[0-9abcefABCEF][0-9a-fA-F]{3}|[dD][0-7][0-9a-fA-F]{2})))*"`;
const SPACE = "[ \\t\\n\\r]*";
const MEMBER = `${SPACE}(${TEXT})${SPACE}:${SPACE}(${TEXT}|true|false|null)${SPACE}`;
const FLAT = new RegExp(`^${SPACE}\\{${MEMBER}(?:,${MEMBER})*\\}${SPACE}$`, "u");

/**
 * The key of canonical bytes; null for any others, a name that is no site's, or no point of the curve.
 * @param {Uint8Array} publicKey
 * @returns {Passkey | null}
 */
export function parsePasskey(publicKey) {
  const [rpId, point, ...more] = parts(publicKey);
  if (typeof rpId !== "string" || !(point instanceof Uint8Array) || more.length) return null;
  return rpId.length <= MAX_HOST && SITE.test(rpId) && isPoint(point) ? { rpId, point } : null;
}

/**
 * Whether a key's site is the host of the ledger's origin or above it; a demo's may also be this machine's own name.
 * @param {Uint8Array} publicKey
 * @param {string} ledger
 */
export function isAtHome(publicKey, ledger) {
  const host = ledger.split("/")[0].split(":")[0];
  const key = parsePasskey(publicKey);
  return key !== null && (isBelow(host, key.rpId) || (host.startsWith("demo.") && key.rpId === "localhost"));
}

/**
 * The site for which a page at `host` makes keys that `ledger` admits, or null where it cannot: its browser and the ledger must
 * both lie at or below it.
 * @param {string} ledger
 * @param {string} host
 */
export function siteFor(ledger, host) {
  const home = ledger.split("/")[0].split(":")[0];
  if (home.startsWith("demo.") && host === "localhost") return host;
  const site = isBelow(host, home) ? home : host;
  return isBelow(home, site) && isBelow(host, site) && SITE.test(site) ? site : null;
}

/**
 * Whether this key's authenticator asserted these signed bytes, for its site and after it knew its holder.
 * @param {Uint8Array} publicKey
 * @param {Uint8Array} message
 * @param {Uint8Array} signature
 * @returns {Promise<boolean>}
 */
export async function verify(publicKey, message, signature) {
  const [key, [data, client, rs, ...more]] = [parsePasskey(publicKey), parts(signature)];
  if (!key || !isBytes(data) || !isBytes(client) || !isBytes(rs) || more.length) return false;
  if (!isOfSite(data, key.rpId) || !says(client, base64Url(sha256(message)), key.rpId) || !isInRange(rs)) return false;
  return equation(key.point, concat([data, sha256(client)]), rs);
}

/**
 * The suite's bytes of a public key.
 * @param {string} rpId
 * @param {Uint8Array} point
 */
export function packPublicKey(rpId, point) {
  return pack([rpId, point]);
}

/**
 * The suite's bytes of an assertion, whose signature an authenticator gives in DER.
 * @param {Uint8Array} authenticatorData
 * @param {Uint8Array} clientDataJson
 * @param {Uint8Array} der
 */
export function packSignature(authenticatorData, clientDataJson, der) {
  return pack([authenticatorData, clientDataJson, fromDer(der)]);
}

/**
 * r and s, 32 bytes each, of SEQUENCE { INTEGER r, INTEGER s }.
 * @param {Uint8Array} der
 */
export function fromDer(der) {
  const sizeOfR = der[3];
  const r = der.subarray(4, 4 + sizeOfR);
  const s = der.subarray(6 + sizeOfR);
  const isWhole = der[0] === 0x30 && der[1] === der.length - 2 && der[2] === 0x02 && der[4 + sizeOfR] === 0x02;
  if (!isWhole || der[5 + sizeOfR] !== s.length) throw new Malformed("signature", "no DER of two integers");
  return concat([integer(r), integer(s)]);
}

/** @param {Uint8Array} raw an unsigned integer, which DER begins with 00 where it would else be negative */
function integer(raw) {
  const bare = raw[0] === 0 ? raw.subarray(1) : raw;
  if (!raw.length || bare.length > 32) throw new Malformed("signature", "an integer of more than 32 bytes");
  return concat([new Uint8Array(32 - bare.length), bare]);
}

/**
 * @param {Uint8Array} raw
 * @returns {Value[]}
 */
function parts(raw) {
  try {
    const value = unpack(raw);
    return Array.isArray(value) ? value : [];
  } catch (why) {
    if (why instanceof Malformed) return [];
    throw why;
  }
}

/**
 * @param {Value | undefined} value
 * @returns {value is Uint8Array}
 */
function isBytes(value) {
  return value instanceof Uint8Array;
}

/** @param {Uint8Array} point */
function isPoint(point) {
  if (point.length !== 65 || point[0] !== 4) return false;
  const [x, y] = [unBigEndian(point.subarray(1, 33)), unBigEndian(point.subarray(33))];
  return x < P && y < P && (y * y - x * x * x + 3n * x - B) % P === 0n;
}

/**
 * At a dot: `evil-example.org` is not below `example.org`.
 * @param {string} host
 * @param {string} rpId
 */
function isBelow(host, rpId) {
  return host === rpId || host.endsWith(`.${rpId}`);
}

/**
 * @param {Uint8Array} data
 * @param {string} rpId
 */
function isOfSite(data, rpId) {
  if (data.length !== 37 || !equal(data.subarray(0, 32), sha256(encode(rpId)))) return false;
  const flags = data[32];
  return (flags & NEEDED) === NEEDED && (flags & ~KNOWN) === 0 && (flags & COPIES) !== COPIED_ONLY;
}

/**
 * @param {Uint8Array} client
 * @param {string} challenge
 * @param {string} rpId
 */
function says(client, challenge, rpId) {
  const said = readClientData(client);
  const asserts = said.get("type") === "webauthn.get" && said.get("challenge") === challenge;
  const isFramed = (said.has("crossOrigin") && said.get("crossOrigin") !== false) || said.has("topOrigin");
  return asserts && !isFramed && isPageOf(said.get("origin"), rpId);
}

/**
 * The members of a flat object; none of what has another form, or names one twice.
 * @param {Uint8Array} client
 * @returns {Map<string, unknown>}
 */
function readClientData(client) {
  const text = client.length <= MAX_CLIENT_DATA ? decoded(client) : "";
  if (!FLAT.test(text)) return new Map();
  const pairs = [...text.matchAll(new RegExp(MEMBER, "gu"))].map(([, name, value]) => [JSON.parse(name), JSON.parse(value)]);
  const members = new Map(/** @type {[string, unknown][]} */ (pairs));
  return members.size === pairs.length ? members : new Map();
}

/** @param {Uint8Array} raw */
function decoded(raw) {
  try {
    return utf8(raw, "client data");
  } catch {
    return "";
  }
}

/**
 * @param {unknown} origin
 * @param {string} rpId
 */
function isPageOf(origin, rpId) {
  const [, scheme, host] = (typeof origin === "string" && ORIGIN.exec(origin)) || [];
  if (host === undefined || host.length > MAX_HOST) return false;
  return isBelow(host, rpId) && (scheme === "https" || host === "localhost");
}

/** @param {Uint8Array} rs */
function isInRange(rs) {
  const [r, s] = [unBigEndian(rs.subarray(0, 32)), unBigEndian(rs.subarray(32))];
  return rs.length === 64 && r > 0n && r < N && s > 0n && s < N;
}

/**
 * @param {Uint8Array} point
 * @param {Uint8Array} message
 * @param {Uint8Array} rs
 */
async function equation(point, message, rs) {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", point.slice(), algorithm, false, ["verify"]);
  return crypto.subtle.verify(algorithm, key, rs.slice(), message.slice());
}

/** @param {Uint8Array} raw */
export function base64Url(raw) {
  return base64(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
