/**
 * The page …/polls/{poll}/vote: one question after the other, a summary, one signature, a receipt that was checked here.
 *
 * Elements: vote (data-code, data-poll, data-ledger, data-vkey, data-demo, data-lang), vote-wait, vote-why (with a div for each
 * reason), vote-form (fieldsets of data-item), vote-heads, vote-summary, vote-done, vote-problem, vote-words. Text is only ever
 * set as text. Nothing leaves the browser but the ballot.
 */

import { handIn, signAct } from "./act.js";
import { composeBallot } from "./ballot.js";
import { hex } from "./bytes.js";
import { Problem, read } from "./desk.js";
import { kept } from "./keychain.js";
import { canSign, must, receive, said, show as showPart, tell } from "./shown.js";

/** @typedef {import("./ballot.js").Needed & { active: boolean | null, refused: any, phase: string }} Needed */
/** @typedef {import("./ballot.js").Head} Head */
/** @typedef {import("./act.js").Signed} Signed */

const PARTS = ["vote-wait", "vote-why", "vote-form", "vote-heads", "vote-summary", "vote-done"];
const PROBLEM = "vote-problem";
const page = document;
const root = must("vote");
const { code, poll, ledger, vkey, lang } = /** @type {Record<string, string>} */ ({ ...root.dataset });
const isDemo = root.dataset.demo !== undefined;

/** @type {HTMLFieldSetElement[]} */
const everything = [...page.querySelectorAll("#vote-form fieldset[data-item]")].map((one) => /** @type {HTMLFieldSetElement} */ (one));
let questions = everything;

/** Where the voter is, and what she has signed but not yet handed in. */
const now = {
  at: 0,
  key: /** @type {import("./keychain.js").Kept | null} */ (null),
  needed: /** @type {Needed | null} */ (null),
  head: /** @type {Head | null} */ (null),
  signed: /** @type {Signed | null} */ (null),
};

/** @param {string} id */
function show(id) {
  must("vote-lead").hidden = !["vote-form", "vote-heads"].includes(id) || now.at > 0;
  showPart(id, PARTS, PROBLEM);
}

/**
 * Why nobody can vote here now, and what to do instead.
 * @param {"browser" | "no-key" | "not-admitted" | "no-head" | "refused" | "changed"} reason
 */
function explain(reason) {
  for (const one of page.querySelectorAll("#vote-why > div")) {
    const block = /** @type {HTMLElement} */ (one);
    block.hidden = block.dataset.reason !== reason;
  }
  show("vote-why");
}

// What is needed

async function start() {
  if (!canSign()) return explain("browser");
  const keys = kept(ledger);
  if (!keys.length) return explain("no-key");
  must("vote-wait").hidden = false;
  try {
    await choose(keys);
  } catch (why) {
    must("vote-wait").hidden = true;
    tell(why, PROBLEM);
  }
}

/**
 * The first key that stands for somebody here.
 * @param {import("./keychain.js").Kept[]} keys
 */
async function choose(keys) {
  for (const key of keys) {
    now.key = key;
    now.needed = await ask();
    if (now.needed?.active && now.needed.tags.length) break;
  }
  const { needed } = now;
  if (needed?.refused) return refuse(needed.refused);
  if (!needed?.active) return explain("not-admitted");
  if (!needed.tags.length) return explain("no-head");
  if (now.key?.vkey !== vkey) return explain("changed");
  return needed.tags.length > 1 ? heads(needed.tags) : begin(needed.tags[0]);
}

/** @returns {Promise<Needed>} */
async function ask() {
  return read(`${code}/polls/${encodeURIComponent(poll)}/ballot?key=${hex(/** @type {any} */ (now.key).keyId)}`, lang);
}

/** @param {{ detail: Record<string, string>, remedy: Record<string, string> }} refused */
function refuse({ detail, remedy }) {
  must("refused-detail").textContent = detail[lang];
  must("refused-remedy").textContent = remedy[lang];
  explain("refused");
}

/** @param {Head[]} tags */
function heads(tags) {
  const list = must("heads-list");
  list.replaceChildren(
    ...tags.map((head, at) => {
      const button = page.createElement("button");
      button.type = "button";
      button.className = "quiet wide-button";
      button.append(said("head", { number: at + 1, tag: head.tag.slice(0, 8) }));
      if (head.stands) button.append(` · ${said("head-voted", { index: head.stands.index })}`);
      button.addEventListener("click", () => begin(head));
      return button;
    }),
  );
  show("vote-heads");
}

// The questions

/** @param {Head} head */
function begin(head) {
  now.head = head;
  questions = everything.filter((one) => head.items.includes(one.dataset.item ?? "")); // a part of the estate may decide an item
  const standing = must("vote-standing");
  standing.hidden = !head.stands && !head.paper.length;
  standing.textContent = [
    head.stands ? said("stands", { index: head.stands.index }) : "",
    head.paper.length ? said("paper", { forms: head.paper.join(lang === "zh" ? "、" : ", ") }) : "",
  ].filter(Boolean).join(lang === "zh" ? "" : " ");
  askQuestion(0);
}

/** @param {number} at */
function askQuestion(at) {
  now.at = at;
  everything.forEach((one) => (one.hidden = one !== questions[at]));
  must("vote-back").hidden = at === 0;
  must("vote-next").textContent = said(at === questions.length - 1 ? "to-summary" : "next");
  must("vote-pick").hidden = true;
  show("vote-form");
}

/** @param {HTMLFieldSetElement} question */
function choiceOf(question) {
  return /** @type {HTMLInputElement | null} */ (question.querySelector("input:checked"))?.value;
}

function next() {
  if (!choiceOf(questions[now.at])) {
    must("vote-pick").hidden = false;
    return;
  }
  if (now.at === questions.length - 1) summary();
  else askQuestion(now.at + 1);
}

/** @returns {Map<string, string>} */
function choices() {
  return new Map(questions.map((one) => [one.dataset.item ?? "", choiceOf(one) ?? ""]));
}

function summary() {
  now.signed = null; // whatever was signed before said something else
  must("summary-list").replaceChildren(
    ...questions.map((one) => {
      const [line, asked, answer] = [page.createElement("li"), page.createElement("span"), page.createElement("strong")];
      asked.textContent = one.dataset.question ?? "";
      answer.className = `said ${choiceOf(one)}`;
      answer.textContent = said(`choice-${choiceOf(one)}`);
      line.append(asked, answer);
      return line;
    }),
  );
  must("summary-standing").hidden = !now.head?.stands;
  must("summary-standing").textContent = now.head?.stands ? said("replaces", { index: now.head.stands.index }) : "";
  show("vote-summary");
}

// The signature

async function sign() {
  const button = /** @type {HTMLButtonElement} */ (must("vote-sign"));
  button.disabled = true;
  must("vote-problem").hidden = true;
  must("vote-busy").textContent = said(now.signed ? "sending" : "signing");
  try {
    await signAndSend();
  } catch (why) {
    await again(why);
  } finally {
    button.disabled = false;
    must("vote-busy").textContent = "";
  }
}

async function signAndSend() {
  const { needed, head, key } = now;
  if (!needed || !head || !key) return;
  now.signed ??= await signAct(await composeBallot(needed, head, choices(), key, isDemo), key);
  must("vote-busy").textContent = said("sending");
  receive(code, lang, now.signed, await handIn(code, lang, now.signed, key));
  must("done-list").replaceChildren(...[...must("summary-list").children].map((one) => one.cloneNode(true)));
  show("vote-done");
}

/** A statement that the ledger did not take is of no use any more; what it says may have changed is asked again. @param {unknown} why */
async function again(why) {
  tell(why, PROBLEM);
  if (!(why instanceof Problem)) return;
  now.signed = null;
  now.needed = await ask().catch(() => now.needed);
  now.head = now.needed?.tags.find((head) => head.tag === now.head?.tag) ?? now.head;
}

must("vote-form").addEventListener("submit", (event) => {
  event.preventDefault(); // nothing is sent: the next question is shown, also by the Enter key
  next();
});
must("vote-back").addEventListener("click", () => askQuestion(now.at - 1));
must("vote-change").addEventListener("click", () => askQuestion(0));
must("vote-sign").addEventListener("click", () => void sign());
must("vote-again").addEventListener("click", () => location.reload());
must("copy-address").addEventListener("click", async () => {
  await navigator.clipboard?.writeText(location.href);
  must("copy-address").textContent = said("copied");
});
void start();
