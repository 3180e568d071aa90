/**
 * Paper as a person types it: a key or a word becomes a mark, marks by form and item become the rows and openings of a page, as
 * scripts/forms.py makes them; and the draft of a page, which outlives a closed browser until it is signed.
 */

import { unhex } from "./bytes.js";

/** @typedef {import("./codec.js").Value} Value */
/** @typedef {Record<string, string>} Marks item → choice, or the reason why the item is set aside; a blank item is not there */
/** @typedef {Record<string, Marks>} Typed form → marks */
/** @typedef {{ poll: string, ballots: string, tags: string[] }} Vote as GET …/polls/{poll}/paper says it */

export const CHOICES = ["agree", "against", "abstain"];
export const [BLANK, ASIDE, WHOLE] = ["", "aside", "whole"];
export const MOST = 100;
const NUMBER = /^[1-9][0-9]{0,4}(-[2-9])?$/;

/** What a clerk's keys mean. @type {Record<string, string>} */
const KEYS = {
  1: "agree", 同: "agree", 同意: "agree", y: "agree", agree: "agree",
  2: "against", 反: "against", 反对: "against", n: "against", against: "against",
  3: "abstain", 弃: "abstain", 弃权: "abstain", abstain: "abstain",
  0: BLANK, 空: BLANK, 未: BLANK,
  4: ASIDE, 无: ASIDE, 无效: ASIDE,
  9: WHOLE, 整: WHOLE, 整张: WHOLE,
};

/**
 * What was typed into an item: a choice, BLANK, ASIDE (a reason follows) or WHOLE (the whole form); undefined for anything else.
 * @param {string} typed
 * @returns {string | undefined}
 */
export function meantBy(typed) {
  const bare = typed.normalize("NFKC").trim().toLowerCase();
  return Object.hasOwn(KEYS, bare) ? KEYS[bare] : undefined;
}

/**
 * The number of a form in its only spelling, or null: 第12号, １２ and 012 are 12.
 * @param {string} typed
 */
export function numberOf(typed) {
  const bare = typed.normalize("NFKC").replaceAll(/\s|票号|编号|第|号|票/g, "").replace(/^0+(?=[1-9])/, "");
  return NUMBER.test(bare) ? bare : null;
}

/**
 * The tag of the head to which a form was issued, in hex, or null where no form of that number was.
 * @param {Vote} vote
 * @param {string} form
 */
export function tagOf({ tags }, form) {
  return tags[Number(form.split("-")[0]) - 1] ?? null;
}

/** Forms in the order of their numbers. @param {Iterable<string>} forms */
export function inOrder(forms) {
  const place = (/** @type {string} */ form) => form.split("-").map(Number);
  return [...forms].sort((left, right) => {
    const [[a, b = 0], [c, d = 0]] = [place(left), place(right)];
    return a - c || b - d;
  });
}

/**
 * Rows and openings of these forms.
 * @param {Vote} vote
 * @param {Typed} typed
 * @returns {{ rows: Map<string, Value>[], openings: Map<string, Value> }}
 */
export function pageOf(vote, typed) {
  const isSealed = vote.ballots === "sealed";
  /** @type {Map<string, Value>} */
  const openings = new Map();
  const rows = inOrder(Object.keys(typed)).flatMap((form) => {
    const [tag, marks] = [unhex(/** @type {string} */ (tagOf(vote, form))), Object.entries(typed[form])];
    const chosen = marks.filter(([, mark]) => CHOICES.includes(mark));
    if (chosen.length && isSealed) openings.set(`choices/${form}`, new Map(chosen));
    return [...ballots(form, tag, vote.poll, chosen, isSealed), ...setAside(form, tag, vote.poll, marks)];
  });
  return { rows, openings };
}

/**
 * @param {string} form
 * @param {Uint8Array} tag
 * @param {string} poll
 * @param {[string, string][]} chosen
 * @param {boolean} isSealed
 */
function ballots(form, tag, poll, chosen, isSealed) {
  if (!chosen.length) return [];
  /** @type {[string, Value]} */
  const said = isSealed ? ["items", chosen.map(([item]) => item).sort()] : ["choices", new Map(chosen)];
  return [row(form, tag, isSealed ? "ballot-sealed/1" : "ballot-cast/1", [said, ["poll", poll]])];
}

/**
 * @param {string} form
 * @param {Uint8Array} tag
 * @param {string} poll
 * @param {[string, string][]} marks
 */
function setAside(form, tag, poll, marks) {
  const reasons = [...new Set(marks.map(([, mark]) => mark))].filter((mark) => !CHOICES.includes(mark)).sort();
  return reasons.map((reason) => {
    const items = marks.filter(([, mark]) => mark === reason).map(([item]) => item).sort();
    return row(form, tag, "ballot-invalid/1", [["items", items], ["poll", poll], ["reason", reason]]);
  });
}

/**
 * @param {string} form
 * @param {Uint8Array} tag
 * @param {string} kind
 * @param {[string, Value][]} fields
 * @returns {Map<string, Value>}
 */
function row(form, tag, kind, fields) {
  return new Map(Object.entries({ body: new Map([...fields, ["tag", tag]]), for: tag, form, kind }));
}

/** A page's id that nobody chose: the vote's and ten random digits. @param {string} poll */
export function freshPage(poll) {
  const digits = Array.from(crypto.getRandomValues(new Uint8Array(5)), (one) => one.toString(16).padStart(2, "0"));
  return `${poll.slice(0, 50)}-${digits.join("")}`;
}

// The draft

/**
 * What was typed so far at a place, kept until it is signed.
 *
 *     localStorage["liuchi/draft/v1 <place>"] = {"typed": {form: {item: mark}}}
 * @param {string} place
 */
export function draft(place) {
  const name = `liuchi/draft/v1 ${place}`;
  return {
    /** @returns {Typed} */
    read() {
      try {
        return JSON.parse(localStorage.getItem(name) ?? "{}").typed ?? {};
      } catch {
        return {};
      }
    },
    /** Whether it was kept: a browser may forbid it. @param {Typed} typed */
    write(typed) {
      try {
        localStorage.setItem(name, JSON.stringify({ typed }));
        return true;
      } catch {
        return false;
      }
    },
    clear() {
      localStorage.removeItem(name);
    },
  };
}
