/**
 * The pages …/polls/{poll}/paper[/{leaf}[/correct]]: numbered forms are typed, listed, and signed as one page; by the clerk who
 * records them, by whoever keys them again without seeing the first keying, or to correct what was recorded wrongly.
 *
 * Elements: paper (data-mode and where it is), typing (number, marks with whole and a fieldset of data-item for each question,
 * add, drop), typed (typed-rows), list-…, sign-page, clear, reason, paper-wanted, paper-done, paper-words; signing.html's. Text is
 * only ever set as text. What was typed stays in this browser until it is signed, and then goes.
 */

import { hex, unhex } from "./bytes.js";
import { Problem, read } from "./desk.js";
import { explain, firstActive, keysHere } from "./keyring.js";
import { ASIDE, BLANK, MOST, WHOLE, draft, freshPage, inOrder, meantBy, numberOf, pageOf, tagOf } from "./paper.js";
import { must } from "./shown.js";
import { depositAll } from "./scans.js";
import { askToSign, inWords } from "./signing.js";
import { made, wordsOf } from "./words.js";

/** @typedef {import("./paper.js").Typed} Typed */
/** @typedef {import("./paper.js").Marks} Marks */
/** @typedef {{ form: string, stage: string | null, correcting: boolean }} FormStanding */
/** @typedef {{ index: number, leaf: string, forms: FormStanding[], standing: string, observed: boolean, refused: any }} Sheet */
/** @typedef {import("./paper.js").Vote & { ends: { ms: number }, items: { id: string, forms: number[] | null }[], now: number, taken: string[], refused: any, title: string | null }} Vote */

const REMOVE = "remove"; // of a form that a correction takes out
const root = must("paper");
const { mode, code, poll, leaf, index, ledger, vkey, lang } = /** @type {Record<string, string>} */ ({ ...root.dataset });
const isDemo = root.dataset.demo !== undefined;
const said = wordsOf("paper-words");
const number = /** @type {HTMLInputElement} */ (must("number"));
const whole = /** @type {HTMLSelectElement} */ (must("whole"));
const scans = /** @type {HTMLInputElement | null} */ (document.getElementById("scans"));
const reason = /** @type {HTMLTextAreaElement | null} */ (document.getElementById("reason"));
const questions = [...document.querySelectorAll("fieldset[data-item]")].map((one) => questionIn(/** @type {HTMLFieldSetElement} */ (one)));
const kept = draft([ledger, poll, mode, leaf].join(" "));
const hasKeyboard = !matchMedia("(pointer: coarse)").matches;

/** Who types, what is needed, and what was typed. */
const now = {
  key: /** @type {any} */ (null),
  person: "",
  vote: /** @type {Vote} */ (/** @type {unknown} */ (null)),
  sheet: /** @type {Sheet | null} */ (null),
  typed: /** @type {Typed} */ (kept.read()),
  form: /** @type {string | null} */ (null),
};

/** One question of the form in hand. @param {HTMLFieldSetElement} field */
function questionIn(field) {
  const cell = /** @type {HTMLInputElement} */ (field.querySelector(".cell"));
  const why = /** @type {HTMLSelectElement} */ (field.querySelector(".why-aside"));
  const buttons = /** @type {HTMLButtonElement[]} */ ([...field.querySelectorAll("[data-mark]")]);
  /** @type {string | null} null: not typed yet; BLANK: left blank; ASIDE: a reason is still to be given */
  let mark = null;
  const show = () => {
    const shown = mark !== null && ![BLANK, ASIDE].includes(mark) && !["agree", "against", "abstain"].includes(mark) ? ASIDE : mark;
    for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset.mark === shown));
    why.hidden = shown !== ASIDE;
    why.value = shown === ASIDE && mark !== ASIDE ? mark ?? "" : "";
    cell.value = shown === null ? "" : buttons.find((one) => one.dataset.mark === shown)?.lastChild?.textContent?.trim() ?? "";
    field.classList.toggle("typed-done", mark !== null && mark !== ASIDE);
  };
  return {
    item: field.dataset.item ?? "",
    name: field.dataset.name ?? "",
    field, cell, why, buttons,
    get mark() { return mark; },
    set mark(to) { mark = to; show(); },
    focus() {
      field.scrollIntoView({ block: "nearest" });
      cell.focus({ preventScroll: true });
      cell.select();
    },
  };
}

// Who, and what is needed

async function start() {
  const keys = keysHere(ledger);
  if (!keys.length) return;
  try {
    const found = await firstActive(keys, async (key) => read(`${code}/waiting?key=${hex(key.keyId)}`, lang).catch(unlessUnknown));
    if (!found) return explain("not-admitted");
    [now.key, now.person] = [found.key, found.told.person];
    if (found.key.vkey !== vkey) return explain("changed");
    await look();
    begin();
  } catch (why) {
    explain("trouble", inWords(why));
  }
}

/** @param {unknown} why */
function unlessUnknown(why) {
  if (why instanceof Problem && why.code === "key-not-admitted") return null;
  throw why;
}

async function look() {
  const asked = `key=${hex(now.key.keyId)}`;
  now.vote = await read(`${code}/polls/${encodeURIComponent(poll)}/paper?${asked}`, lang);
  now.sheet = leaf ? await read(`${code}/polls/${encodeURIComponent(poll)}/paper/${leaf}?${asked}`, lang) : null;
}

function begin() {
  const refused = mode === "key" ? now.sheet?.refused : now.vote.refused;
  if (refused) return explain("refused", [inPlainWords(refused.detail[lang]), refused.remedy[lang]]);
  root.hidden = false;
  must("paper-late").hidden = mode !== "record" || now.vote.now <= now.vote.ends.ms;
  list();
  if (hasKeyboard) number.focus();
}

/** A refusal's sentence with the names of acts and posts instead of their ids. @param {string} sentence */
function inPlainWords(sentence) {
  return sentence.replaceAll(/[a-z-]+\/1|\bclerk\b/g, (id) => said(`kind-${id}`) || said(`post-${id}`) || id);
}

/** The forms that may be typed here; null where any form of the vote may. */
function wanted() {
  return now.sheet ? now.sheet.forms.map((one) => one.form) : null;
}

// One form

/** @param {string} id @param {string} [words] */
function complain(id, words = "") {
  must(id).textContent = words;
  must(id).hidden = !words;
}

/** The number as it was typed, or what is wrong with it. */
function takeNumber() {
  const form = numberOf(number.value);
  const wrong = wrongWith(form);
  complain("number-said", wrong);
  if (wrong || form === null) return number.select();
  now.form = number.value = form;
  must("marks").hidden = false;
  fill(now.typed[form] ?? null);
  must("drop").hidden = !(form in now.typed);
  if (hasKeyboard) (asked()[0] ?? questions[0]).focus();
  else must("marks").scrollIntoView({ block: "start", behavior: "smooth" });
}

/** @param {string | null} form */
function wrongWith(form) {
  if (form === null) return said("number-wrong");
  if (tagOf(now.vote, form) === null) return said("number-unknown", { form, most: now.vote.tags.length });
  if (wanted() && !wanted()?.includes(form)) return said("number-not-here", { form, index });
  if (mode === "correct" && now.sheet?.forms.find((one) => one.form === form)?.correcting) return said("number-correcting", { form });
  if (mode === "record" && now.vote.taken.includes(form)) return said("number-taken", { form });
  const isFull = !(form in now.typed) && Object.keys(now.typed).length >= MOST;
  return isFull ? said("full", { most: MOST }) : "";
}

/** The questions that the form in hand answers: a head answers only what it decides. */
function asked() {
  const place = Number((now.form ?? "").split("-")[0]);
  const mine = new Set(now.vote.items.filter(({ forms }) => forms === null || forms.includes(place)).map(({ id }) => id));
  return questions.filter(({ item }) => mine.has(item));
}

/** @param {Marks | null} marks */
function fill(marks) {
  whole.value = marks && REMOVE in marks ? REMOVE : "";
  for (const one of questions) {
    one.mark = marks === null || whole.value ? null : marks[one.item] ?? BLANK;
    one.field.disabled = Boolean(whole.value);
    one.field.hidden = !asked().includes(one);
  }
  complain("marks-said");
}

/** @param {ReturnType<typeof questionIn>} question @param {string} mark */
function marked(question, mark) {
  question.mark = mark;
  complain("marks-said");
  if (mark === ASIDE) return question.why.focus();
  if (hasKeyboard) onwards(question);
}

/** @param {ReturnType<typeof questionIn>} question */
function onwards(question) {
  const next = asked()[asked().indexOf(question) + 1];
  if (next) next.focus();
  else must("add").focus();
}

function setWhole() {
  const isWhole = Boolean(whole.value);
  for (const one of asked()) {
    one.mark = isWhole && whole.value !== REMOVE ? whole.value : null;
    one.field.disabled = isWhole;
  }
  if (hasKeyboard && isWhole) must("add").focus();
}

/** @param {ReturnType<typeof questionIn>} question */
function typedInto(question) {
  const mark = meantBy(question.cell.value);
  if (mark === undefined) return;
  if (mark === WHOLE) {
    question.cell.value = "";
    return whole.focus();
  }
  marked(question, mark);
}

/** The form in hand goes to the list; the next number is asked for. */
function add() {
  if (now.form === null) return takeNumber();
  const lacking = asked().find((one) => one.mark === null || one.mark === ASIDE);
  if (!whole.value && lacking) {
    complain("marks-said", said(lacking.mark === ASIDE ? "reason-missing" : "mark-missing", { item: lacking.name }));
    return lacking.mark === ASIDE ? lacking.why.focus() : lacking.focus();
  }
  const marks = whole.value === REMOVE ? { [REMOVE]: REMOVE }
    : Object.fromEntries(asked().filter((one) => one.mark).map((one) => [one.item, one.mark ?? ""]));
  if (!Object.keys(marks).length) {
    complain("marks-said", said("nothing-marked"));
    return whole.focus();
  }
  now.typed = { ...now.typed, [now.form]: marks };
  keep();
  next();
}

/** @param {string} form */
function drop(form) {
  const { [form]: _gone, ...rest } = now.typed;
  now.typed = rest;
  keep();
  next();
}

function next() {
  now.form = null;
  number.value = "";
  must("marks").hidden = true;
  complain("number-said");
  list();
  number.focus({ preventScroll: !hasKeyboard });
  if (!hasKeyboard) must("typing").scrollIntoView({ block: "start" });
}

function keep() {
  must("list-unkept").hidden = kept.write(now.typed);
}

// The list

function list() {
  const forms = Object.keys(now.typed);
  must("list-count").textContent = forms.length ? said("count", { count: forms.length, most: wanted()?.length || MOST }) : "";
  must("list-none").hidden = forms.length > 0 || (mode === "key" && !wanted()?.length);
  must("list-kept").hidden = !forms.length;
  must("typed").hidden = !forms.length;
  must("clear").hidden = !forms.length;
  must("typed-rows").replaceChildren(...inOrder(forms).map(line));
  complain("list-said");
  for (const one of document.querySelectorAll("#paper-wanted li")) {
    one.classList.toggle("typed-done", (/** @type {HTMLElement} */ (one).dataset.form ?? "") in now.typed);
  }
}

/** @param {string} form */
function line(form) {
  const marks = now.typed[form];
  const [row, head, tools] = [made("tr"), made("th", form), made("td")];
  head.scope = "row";
  tools.append(tool("edit", form, () => edit(form)), tool("remove", form, () => drop(form)));
  const cells = questions.map(({ item, name }) => {
    const cell = made("td");
    cell.dataset.label = name;
    cell.append(REMOVE in marks ? made("s", said("remove-form")) : made("span", spoken(marks[item]), `mark-of ${marks[item] ?? "blank"}`));
    return cell;
  });
  row.append(head, ...cells, tools);
  return row;
}

/** @param {string | undefined} mark */
function spoken(mark) {
  if (!mark) return said("blank");
  return said(`value-${mark}`) || said(`mark-${mark}`);
}

/** @param {"edit" | "remove"} name @param {string} form @param {() => void} does */
function tool(name, form, does) {
  const button = made("button", said(name), "quiet small");
  button.type = "button";
  button.setAttribute("aria-label", `${said(name)} ${form}`);
  button.addEventListener("click", does);
  return button;
}

/** @param {string} form */
function edit(form) {
  number.value = form;
  takeNumber();
}

// The signature

function wrongWithList() {
  const forms = Object.keys(now.typed);
  if (mode === "key") {
    const lacking = (wanted() ?? []).filter((form) => !(form in now.typed));
    return lacking.length ? said("not-all", { forms: lacking.join(said("separator")) }) : "";
  }
  if (!forms.length) return said("none-typed");
  if ((scans?.files?.length ?? 0) > MOST) return said("scans-many", { most: MOST });
  return mode === "correct" && !reason?.value.trim() ? said("reason-needed") : "";
}

async function sign() {
  const wrong = wrongWithList();
  complain("list-said", wrong);
  if (wrong) return;
  const isObserved = mode === "correct" && now.vote.now > now.vote.ends.ms;
  const forms = inOrder(Object.keys(now.typed));
  const desk = { code, lang, key: now.key, isDemo };
  const files = [...(scans?.files ?? [])];
  must("list-busy").textContent = files.length ? said("depositing") : "";
  const deposited = files.length ? await depositAll(files, desk) : undefined;
  must("list-busy").textContent = "";
  const meant = meantHere(forms, isObserved, deposited);
  const receipt = await askToSign({
    title: said(`kind-${meant.kind}`),
    sentence: said(`${mode}.sentence${isObserved ? "-observed" : ""}`, { count: forms.length, index }),
    lines,
    meant,
  }, desk);
  if (receipt) await done(receipt, forms, isObserved);
}

/**
 * What the statement says, as its own bytes have it.
 * @param {Map<string, any>} body
 * @param {Map<string, any>} texts
 * @returns {[string, string][]}
 */
function lines(body, texts) {
  const forms = inOrder(new Set([...(body.get("forms") ?? []), ...body.get("rows").map((/** @type {any} */ row) => row.get("form"))]));
  const [why, scan] = [texts.get("reason"), texts.get("scan")];
  return [
    [said("rows-poll"), body.get("poll") === poll ? now.vote.title ?? poll : body.get("poll")],
    [said("rows-count"), String(forms.length)],
    [said("rows-form"), forms.join(said("separator"))],
    ...(scan ? [/** @type {[string, string]} */ ([said("rows-scans"), String(scan.length)])] : []),
    ...(why ? [/** @type {[string, string]} */ ([said("rows-reason"), why])] : []),
  ];
}

/**
 * @param {string[]} forms
 * @param {boolean} observed
 * @param {import("./codec.js").Value[]} [scan] where it is absent a decoy stands for it
 * @returns {import("./sign-act.js").Meant}
 */
function meantHere(forms, observed, scan) {
  const speaking = Object.fromEntries(Object.entries(now.typed).filter(([, marks]) => !(REMOVE in marks)));
  const { rows, openings } = pageOf(now.vote, speaking);
  /** @type {[string, any][]} */
  const same = [["poll", poll], ["rows", rows]];
  if (mode === "record") {
    return { kind: "paper-page/1", body: new Map([...same, ["page", freshPage(poll)]]), openings: new Map([["scan", scan], ...openings]) };
  }
  const about = unhex(leaf);
  if (mode === "key") return { kind: "page-keyed/1", body: new Map([...same, ["person", unhex(now.person)]]), openings, about };
  return {
    kind: "entered-in-error/1",
    body: new Map([...same, ["forms", [...forms].sort()], ["observed", observed], ["page", freshPage(poll)]]),
    openings: new Map([["reason", reason?.value.trim()], ...openings]),
    about,
  };
}

/** @param {{ index: number, leaf: string }} receipt @param {string[]} forms @param {boolean} isObserved */
async function done(receipt, forms, isObserved) {
  kept.clear(); // what is sealed now is not left lying here
  now.typed = {};
  root.hidden = true;
  must("done-title").textContent = said(`${mode}.done`, { index: receipt.index });
  await look().catch(() => undefined);
  const stages = new Map(mode === "key" ? now.sheet?.forms.map((one) => [one.form, one.stage]) : []);
  must("done-next").textContent = said(nextStep(stages, isObserved));
  must("done-forms").replaceChildren(...forms.map((form) => fate(form, stages.get(form) ?? "waiting")));
  must("paper-done").hidden = false;
  must("done-title").focus();
  scrollTo({ top: 0 });
}

/** @param {Map<string, string | null>} stages @param {boolean} isObserved */
function nextStep(stages, isObserved) {
  if (mode !== "key") return `${mode}.next${isObserved ? "-observed" : ""}`;
  const found = [...stages.values()];
  if (found.some((one) => one === "unclear" || one === "missing")) return "key.next-differ";
  if (now.sheet?.standing === "waiting") return "key.next-waits";
  return now.vote.ballots === "sealed" ? "key.next-sealed" : "key.next-same";
}

/** @param {string} form @param {string} stage */
function fate(form, stage) {
  const isWrong = stage === "unclear" || stage === "missing";
  const [item, link] = [made("li", "", isWrong ? "failed" : stage === "keyed" ? "ok" : "unchecked"), made("a", form)];
  link.href = `/c/${code}/polls/${encodeURIComponent(poll)}/forms/${form}${lang === "en" ? "?lang=en" : ""}`;
  const isHidden = stage === "keyed" && now.vote.ballots === "sealed"; // whether sealed choices agree shows when they are opened
  item.append(link, ` ${said(`stage.${stage}${isHidden ? "-sealed" : ""}`)}`);
  return item;
}

// Keys

for (const question of questions) {
  question.cell.addEventListener("input", (event) => /** @type {InputEvent} */ (event).isComposing || typedInto(question));
  question.cell.addEventListener("compositionend", () => typedInto(question));
  question.cell.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (question.mark === ASIDE) question.why.focus();
    else if (question.mark !== null) onwards(question);
    else typedInto(question);
  });
  question.why.addEventListener("change", () => { question.mark = question.why.value || ASIDE; });
  question.why.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (question.mark !== ASIDE) onwards(question);
  });
  for (const button of question.buttons) {
    if (!hasKeyboard) button.tabIndex = 0; // without the cell, whatever is plugged in goes from button to button
    button.addEventListener("click", () => marked(question, button.dataset.mark ?? BLANK));
  }
}
number.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  takeNumber();
});
number.addEventListener("change", () => now.form === null && number.value.trim() && takeNumber());
number.addEventListener("input", () => { must("marks").hidden = true; now.form = null; });
whole.addEventListener("change", setWhole);
must("typing").addEventListener("submit", (event) => { event.preventDefault(); add(); });
must("drop").addEventListener("click", () => now.form !== null && drop(now.form));
must("sign-page").addEventListener("click", async (event) => {
  const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
  button.disabled = true;
  await sign().catch((why) => complain("list-said", inWords(why).join(lang === "zh" ? "" : " ")));
  must("list-busy").textContent = "";
  button.disabled = false;
});
must("clear").addEventListener("click", () => {
  if (!confirm(said("clear-sure"))) return;
  now.typed = {};
  kept.clear();
  next();
});
must("done-more").addEventListener("click", () => location.reload());
void start();
