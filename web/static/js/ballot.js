/** A ballot: what the ledger says is needed becomes a statement; act.js signs it and hands it in, vote-page.js shows it. */

import { composeAt } from "./act.js";
import { unhex } from "./bytes.js";

/** @typedef {import("./keychain.js").Kept} Kept */
/** @typedef {import("./author.js").Composed} Composed */
/** @typedef {Map<string, string>} Choices item → agree, against or abstain */
/** @typedef {{ tag: string, stream: string, prev: string | null, place: number, stands: { index: number } | null, paper: string[], items: string[] }} Head */
/** @typedef {{ ledger: string, poll: string, ballots: string, kind: string, opening: string, now: number, tags: Head[], checkpoint: string }} Needed as GET …/polls/{poll}/ballot says it */

/**
 * The statement of a ballot for one head, on the checkpoint that the log signed; Unproven when it did not.
 * @param {Needed} needed
 * @param {Head} head
 * @param {Choices} choices
 * @param {Kept} key
 * @param {boolean} isDemo a demo's time is its story's
 * @returns {Promise<Composed>}
 */
export async function composeBallot(needed, head, choices, key, isDemo) {
  const isSealed = needed.ballots === "sealed";
  /** @type {[string, import("./codec.js").Value][]} */
  const said = isSealed ? [["items", [...choices.keys()].sort()]] : [["choices", choices]];
  return composeAt({ ...head, ...needed }, key, isDemo, {
    kind: needed.kind,
    body: new Map([...said, ["poll", needed.poll], ["tag", unhex(head.tag)]]),
    openings: new Map(isSealed ? [["choices", choices]] : []),
    about: unhex(needed.opening),
  });
}
