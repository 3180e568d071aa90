/**
 * The receipts of what was signed in this browser, the newest first: proof for their author that the ledger took them. They hold
 * what is public in the log and nothing that was sealed.
 *
 *     localStorage["liuchi/receipts/v1"] = [{"kind", "ledger", "receipt"} …]
 */

/** @typedef {import("./verify.js").Receipt} Receipt */
/** @typedef {{ kind: string, ledger: string, receipt: Receipt }} KeptReceipt */

import { listed } from "./stored.js";

const PLACE = "liuchi/receipts/v1";
const MOST = 40;

/**
 * @param {string} ledger
 * @param {string} kind
 * @param {Receipt} receipt
 */
export function keepReceipt(ledger, kind, receipt) {
  const others = rows().filter((one) => one.receipt.leaf !== receipt.leaf);
  store([{ kind, ledger, receipt }, ...others].slice(0, MOST));
}

/** The receipts kept of a ledger. @param {string} ledger */
export function keptReceipts(ledger) {
  return rows().filter((one) => one.ledger === ledger);
}

/** A page of paper is large: where the browser has no room, the oldest go. @param {KeptReceipt[]} kept */
function store(kept) {
  for (let rest = kept; rest.length; rest = rest.slice(0, -1)) {
    try {
      localStorage.setItem(PLACE, JSON.stringify(rest));
      return;
    } catch {
      continue;
    }
  }
}

/** @returns {KeptReceipt[]} */
function rows() {
  return listed(PLACE);
}
