/** The ledger's own interface, asked from its pages: answers, or a problem in the reader's language. */

/** @typedef {{ code: string, detail: string, remedy: string }} Said */

/** The ledger said no; `code` for programs, `detail` and `remedy` for people. */
export class Problem extends Error {
  /** @param {Said} said */
  constructor({ code, detail, remedy }) {
    super(detail);
    this.code = code;
    this.detail = detail;
    this.remedy = remedy;
  }
}

/** Nobody answered. */
export class Unreachable extends Error {}

/**
 * @param {string} path below /api/v1/ledgers/
 * @param {string} lang
 */
export async function read(path, lang) {
  return answered(path, lang, { headers: { accept: "application/json" } });
}

/**
 * @param {string} path
 * @param {string} lang
 * @param {unknown} body
 */
export async function send(path, lang, body) {
  const headers = { accept: "application/json", "content-type": "application/json" };
  return answered(path, lang, { method: "POST", headers, body: JSON.stringify(body) });
}

/**
 * Hand in a submission; the receipt. The same one again gets the receipt of its first recording.
 * @param {string} code the ledger's
 * @param {string} lang
 * @param {Uint8Array} submission
 * @returns {Promise<import("./verify.js").Receipt>}
 */
export async function submit(code, lang, submission) {
  const headers = { accept: "application/json", "content-type": "application/msgpack" };
  return answered(`${code}/statements`, lang, { method: "POST", headers, body: submission.slice() });
}

/**
 * Deposit a document under its hash; whoever deposits has a session.
 * @param {string} code the ledger's
 * @param {string} lang
 * @param {{ raw: Uint8Array, sha256: string, media: string, token: string }} document
 */
export async function deposit(code, lang, { raw, sha256, media, token }) {
  const headers = { accept: "application/json", authorization: `Bearer ${token}`, "content-type": media };
  return answered(`${code}/documents/${sha256}`, lang, { method: "PUT", headers, body: raw.slice() });
}

/**
 * @param {string} path
 * @param {string} lang
 * @param {RequestInit} request
 */
async function answered(path, lang, request) {
  const asked = `/api/v1/ledgers/${path}${path.includes("?") ? "&" : "?"}lang=${lang}`;
  const [answer, said] = await fetched(asked, request);
  if (answer.ok) return said;
  throw new Problem(said);
}

/**
 * @param {string} address
 * @param {RequestInit} request
 * @returns {Promise<[Response, any]>}
 */
async function fetched(address, request) {
  try {
    const answer = await fetch(address, request);
    return [answer, answer.status === 204 ? null : await answer.json()];
  } catch (why) {
    throw new Unreachable(String(why));
  }
}
