/**
 * The page /c/{code}/desk: what the person of this browser's key may do now, each act in words, each done by one signature.
 *
 * The page itself comes from the ledger for the key that its address names, which is public; without one this browser's own key is
 * looked for. Elements: desk (data-key, data-person and where it is), articles of data-leaf and blocks of data-poll with buttons
 * of data-does, desk-told, desk-foreign, receipts-list, desk-words; signing.html's. Text is only ever set as text.
 */

import { hex, unhex } from "./bytes.js";
import { Problem, read } from "./desk.js";
import { kept } from "./keychain.js";
import { explain, firstActive, keysHere } from "./keyring.js";
import { keptReceipts } from "./receipts.js";
import { canSign, must } from "./shown.js";
import { askToSign, inWords, saves } from "./signing.js";
import { made, wordsOf } from "./words.js";

/** @typedef {import("./sign-act.js").Meant} Meant */

const root = must("desk");
const { code, ledger, vkey, lang, key: asked, person } = /** @type {Record<string, string>} */ ({ ...root.dataset });
const isDemo = root.dataset.demo !== undefined;
const said = wordsOf("desk-words");
const TOLD = "liuchi/told/v1"; // what was just recorded, said again on the page that follows

async function start() {
  if (asked) return open();
  try {
    const found = await firstActive(keysHere(ledger), async (key) => read(`${code}/waiting?key=${hex(key.keyId)}`, lang).catch(unlessUnknown));
    if (found) location.replace(`/c/${code}/desk?key=${hex(found.key.keyId)}${lang === "en" ? "&lang=en" : ""}`);
    else if (canSign() && kept(ledger).length) explain("not-admitted");
  } catch (why) {
    explain("trouble", inWords(why));
  }
}

/** @param {unknown} why */
function unlessUnknown(why) {
  if (why instanceof Problem && why.code === "key-not-admitted") return null;
  throw why;
}

/** The key of the page, if it is this browser's and still belongs to the log's own key. */
function own() {
  return kept(ledger).find((one) => hex(one.keyId) === asked);
}

function open() {
  if (!person) return explain("not-admitted");
  const key = own();
  receipts();
  const news = sessionStorage.getItem(TOLD);
  sessionStorage.removeItem(TOLD);
  if (news) [must("desk-told").hidden, must("desk-told").textContent] = [false, news];
  if (key && key.vkey !== vkey) return explain("changed");
  must("desk-foreign").hidden = key !== undefined && canSign();
  for (const button of root.querySelectorAll("button")) button.disabled = !key || !canSign();
}

function receipts() {
  const mine = keptReceipts(ledger);
  must("receipts-list").replaceChildren(...mine.map(({ kind, receipt }) => {
    const [item, look, save] = [made("li"), made("a", said("receipt", { index: receipt.index })), made("a", said("save"))];
    look.href = `/c/${code}/entries/${receipt.index}${lang === "en" ? "?lang=en" : ""}`;
    saves(save, code, receipt);
    item.append(look, ` ${said(`kind-${kind}`) || kind} · `, save);
    return item;
  }));
  if (!mine.length) must("receipts-list").replaceChildren(made("li", said("no-receipts"), "soft"));
}

/**
 * Ask, sign, and show the desk as it is then.
 * @param {string} does
 * @param {string} title
 * @param {string} sentence
 * @param {import("./signing.js").Asked["lines"]} lines
 * @param {Meant} meant
 */
async function act(does, title, sentence, lines, meant) {
  const key = own();
  if (!key) return;
  const receipt = await askToSign({ title, sentence, lines, meant }, { code, lang, key, isDemo });
  if (!receipt) return;
  sessionStorage.setItem(TOLD, said(`told.${does}`, { index: receipt.index }));
  location.reload();
}

/** @param {string} title @returns {[string, string][]} */
function pollLine(title) {
  return title ? [[said("row-poll"), title]] : [];
}

/** What an article of a waiting act is asked. @param {HTMLElement} article @param {string} does */
async function answer(article, does) {
  const { leaf = "", index = "", name = "", title = "" } = article.dataset;
  const why = /** @type {HTMLSelectElement | null} */ (article.querySelector(".decline select"));
  const reason = does === "withdraw" ? "withdrawn" : why?.value ?? "";
  const isConfirmed = does === "confirm";
  const kind = isConfirmed ? "confirmed/1" : "declined/1";
  /** @type {Map<string, any>} */
  const body = new Map([["person", unhex(person)]]);
  if (!isConfirmed) body.set("reason", reason);
  await act(does, said(`kind-${kind}`), said(`${does}.sentence`, { index, kind: name }), (signed, _texts, statement) => {
    const isThis = statement.about !== null && hex(statement.about) === leaf;
    return [
      [said("row-act"), isThis ? name : ""], [said("row-index"), isThis ? index : ""], ...pollLine(title),
      ...(signed.has("reason") ? [/** @type {[string, string]} */ ([said("row-reason"), said(`value-${signed.get("reason")}`)])] : []),
    ];
  }, { kind, body, about: unhex(leaf) });
}

/** The opening or the closing of a vote. @param {HTMLElement} block */
async function turn(block) {
  const { kind = "", poll = "", name = "", title = "" } = block.dataset;
  /** @type {Map<string, any>} */
  const body = new Map([["poll", poll]]);
  if (kind === "poll-opened/1") body.set("despite", []);
  await act("turn", name, said(`turn-sentence.${kind}`), (signed) => [
    ...pollLine(signed.get("poll") === poll ? title : String(signed.get("poll"))),
    ...(signed.has("size") ? [/** @type {[string, string]} */ ([said("row-size"), String(signed.get("size"))])] : []),
  ], { kind, body });
}

/** @param {HTMLFormElement} form */
async function post(form) {
  const { poll = "", n = "", title = "", name = "" } = /** @type {HTMLElement} */ (form.closest(".turn")).dataset;
  const given = new FormData(form);
  const [place, other, from, to] = ["place", "other", "from", "to"].map((field) => String(given.get(field) ?? "").trim());
  const wrong = !place && !other ? said("place-wrong") : from > to ? said("days-wrong") : "";
  const alert = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  [alert.textContent, alert.hidden] = [wrong, !wrong];
  if (wrong) return;
  const where = /** @type {HTMLSelectElement} */ (form.elements.namedItem("place")).selectedOptions[0].textContent ?? "";
  /** @type {Map<string, any>} */
  const body = new Map(Object.entries({ from, n: Number(n), photo: null, place: place || other, poll, to }));
  await act("post", name, said("post.sentence"), (signed) => [
    ...pollLine(signed.get("poll") === poll ? title : String(signed.get("poll"))),
    [said("row-place"), signed.get("place") === place ? where : String(signed.get("place"))],
    [said("row-days"), `${signed.get("from")} — ${signed.get("to")}`],
  ], { kind: "notice-posted/1", body });
}

root.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("[data-does]");
  const article = /** @type {HTMLElement | null} */ (button?.closest("article"));
  if (!(button instanceof HTMLElement) || !article) return;
  const does = button.dataset.does ?? "";
  const block = /** @type {HTMLElement | null} */ (article.querySelector(".decline"));
  if (does === "decline" && block) {
    block.hidden = !block.hidden;
    block.querySelector("select")?.focus();
  } else if (does === "turn") void turn(/** @type {HTMLElement} */ (button.closest(".turn")));
  else void answer(article, does === "decline-now" ? "decline" : does);
});
for (const form of root.querySelectorAll("form.posting")) {
  const place = /** @type {HTMLSelectElement} */ (form.querySelector("[name=place]"));
  const other = /** @type {HTMLInputElement} */ (form.querySelector("[name=other]"));
  place.addEventListener("change", () => { /** @type {HTMLElement} */ (other.parentElement).hidden = place.value !== ""; });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void post(/** @type {HTMLFormElement} */ (form));
  });
}
void start();
