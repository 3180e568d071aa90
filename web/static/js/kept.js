/** The file that a voter keeps of a ballot: {"openings", "receipt", "statement"}, openings and statement in hex. */

import { hex, unhex } from "./bytes.js";
import { parseEntry, parseStatement } from "./entry.js";
import { Unproven, Unsound } from "./errors.js";
import { check } from "./opening.js";
import { unbase64 } from "./spelling.js";

const HEX = /^(?:[0-9a-f]{2})*$/;

/**
 * What a file is checked by: of one that a voter keeps its receipt, if it holds what the receipt's entry seals, else null; of any
 * other the file itself.
 * @param {any} file
 * @returns {unknown}
 */
export function keptReceipt(file) {
  const isKept = typeof file === "object" && file !== null && String(Object.keys(file).sort()) === "openings,receipt,statement";
  if (!isKept) return file;
  try {
    return held(file);
  } catch (why) {
    if (why instanceof Unsound) return null;
    throw why;
  }
}

/** @param {{ openings: any, receipt: any, statement: any }} file */
function held({ openings, receipt, statement }) {
  const texts = Array.isArray(openings) && [...openings, statement].every((one) => typeof one === "string" && HEX.test(one));
  if (!texts || typeof receipt?.entry !== "string") throw new Unproven("kept ballot", "openings and statement in hex, and a receipt");
  const raw = parseEntry(unbase64(receipt.entry, "entry")).statement;
  if (hex(raw) !== statement) throw new Unproven("kept ballot", "the statement is not that of the receipt");
  const { sealed, ...place } = parseStatement(raw);
  check(sealed, openings.map(unhex), place);
  return receipt;
}
