/**
 * One owner's rows of a certified result, checked without asking anybody: {"result": receipt, "rows": [{index, path, row} …]}.
 *
 * The receipt is checked as any other (verify.js); then each row leads by its path to the root that the certified act names. What is
 * said: how each item was counted, as the result has it. Whose rows these are no row can show.
 */

import { hex } from "./bytes.js";
import { parseEntry, parseStatement } from "./entry.js";
import { Malformed, Unsound } from "./errors.js";
import { verifyRow } from "./result.js";
import { unbase64 } from "./spelling.js";
import { verifyReceipt } from "./verify.js";

/** @typedef {import("./verify.js").Words} Words */
/** @typedef {import("./verify.js").Verdict} Verdict */
/** @typedef {import("./verify.js").Result} Result */
/** @typedef {import("./result.js").Row} Row */
/** @typedef {{ index: number, path: string[], row: string }} OwnRow */
/** @typedef {{ item: string, countedAs: string, area: number | bigint, tag: string, ballot: string | null, zh: string, en: string }} Told */

const RESULTS = ["result-certified/1", "result-certified/2", "result-recounted/1"];
const MOST_ROWS = 20_000;

/** How a head's word on an item was counted (domain/counted.py has the same). @type {Record<string, [string, string]>} */
const COUNTED = {
  agree: ["计为同意，{area}㎡", "counted as agree, {area} m²"],
  against: ["计为反对，{area}㎡", "counted as against, {area} m²"],
  abstain: ["计为弃权，{area}㎡", "counted as abstain, {area} m²"],
  blank: ["投了票，但没有选这一项", "your ballot does not answer this item"],
  conflicted: ["电子票与纸质票不一致，没有计入", "not counted: ballots on paper and by key differ"],
  invalid: ["无效票，没有计入", "not counted: the ballot is invalid"],
  unclear: ["纸质票录入不一致，没有计入", "not counted: the paper was read in two ways"],
  unopened: ["密封的选择没有开示，没有计入", "not counted: the sealed choice could not be opened"],
  late: ["逾期，没有计入", "not counted: it came late"],
  none: ["没有以您的名义登记的选票", "no ballot is recorded in your name"],
};

/**
 * Whether a value is such a file rather than a receipt.
 * @param {any} file
 */
export function isOwn(file) {
  return typeof file === "object" && file !== null && String(Object.keys(file).sort()) === "result,rows";
}

/**
 * Whether these rows stand in a certified result of the ledger that the policy trusts, step by step, in words to show.
 * @param {any} file the file's JSON, parsed
 * @param {{ policy: string }} trust the text of a tlog-policy
 * @returns {Promise<Verdict & { rows: Told[] }>}
 */
export async function verifyOwn(file, trust) {
  const verdict = await verifyReceipt(file.result, trust);
  /** @type {Told[]} */
  const rows = [];
  const steps = [...verdict.steps, ...ownSteps(file, rows)];
  const ok = steps.every((step) => step.ok);
  const came = ok || verdict.came !== "ok" ? verdict.came : "differs";
  return { ...verdict, ok, came, steps, sentence: sentence(verdict, ok, rows), rows };
}

/**
 * @param {{ result: import("./verify.js").Receipt, rows: unknown }} file
 * @param {Told[]} told receives the rows that hold
 * @returns {Result[]}
 */
function ownSteps({ result, rows: given }, told) {
  try {
    const { counted, items, ofAll } = certified(result);
    const rows = parseRows(given);
    const steps = rows.map((row) => rowStep(row, counted, told));
    return [step("own-result", true, RESULT_WORDS), ...steps, step("own-whole", isWhole(told, rows.length, items, ofAll), WHOLE_WORDS)];
  } catch (why) {
    if (!(why instanceof Unsound)) throw why;
    return [step("own-result", false, RESULT_WORDS, why.message)];
  }
}

/**
 * What the certified act says of its rows.
 * @param {import("./verify.js").Receipt} result
 */
function certified(result) {
  const { kind, body } = parseStatement(parseEntry(unbase64(String(result?.entry), "entry")).statement);
  const [counted, items] = [body.get("counted"), body.get("items")];
  if (!RESULTS.includes(kind) || !(counted instanceof Map) || !(items instanceof Map)) throw new Malformed("entry", `none of ${RESULTS}`);
  const [root, size] = [counted.get("root"), counted.get("size")];
  if (!(root instanceof Uint8Array) || typeof size !== "number") throw new Malformed("entry", "names no counted rows");
  return { counted: { root, size: BigInt(size) }, items: [...items.keys()], ofAll: decidedByAll(items, body.get("electorate")) };
}

/**
 * The items that every head of the roll decides: those without an electorate of their own, or with the whole one.
 * @param {Map<string, any>} items
 * @param {Map<string, any>} everybody
 * @returns {string[]}
 */
function decidedByAll(items, everybody) {
  const heads = (/** @type {any} */ item) => (item.get("electorate") ?? everybody).get("heads");
  return [...items.keys()].filter((name) => heads(items.get(name)) === everybody.get("heads"));
}

/**
 * @param {unknown} given
 * @returns {OwnRow[]}
 */
function parseRows(given) {
  if (!Array.isArray(given) || !given.length || given.length > MOST_ROWS) throw new Malformed("rows", "an array of rows");
  for (const [place, row] of given.entries()) {
    const isObject = typeof row === "object" && row !== null && String(Object.keys(row).sort()) === "index,path,row";
    if (!isObject || !Number.isSafeInteger(row.index) || row.index < 0 || typeof row.row !== "string") throw malformed();
    if (!Array.isArray(row.path) || !row.path.every((/** @type {unknown} */ one) => typeof one === "string")) throw malformed();
    if (place > 0 && given[place - 1].index >= row.index) throw new Malformed("rows", "ascending by index, each once");
  }
  return given;
}

const malformed = () => new Malformed("row", "index, path, row");

/**
 * @param {OwnRow} own
 * @param {{ root: Uint8Array, size: bigint }} counted
 * @param {Told[]} told
 * @returns {Result}
 */
function rowStep({ index, path, row: text }, { root, size }, told) {
  try {
    const hashes = path.map((one) => unbase64(one, "path"));
    const row = say(verifyRow(unbase64(text, "row"), BigInt(index), size, hashes, root));
    told.push(row);
    const words = { zh: `事项 ${row.item}：${row.zh}`, en: `Item ${row.item}: ${row.en}` };
    return { name: "own-row", ok: true, checked: true, ...words, detail: `${index} / ${size} · ${row.tag} · ${row.ballot ?? "–"}` };
  } catch (why) {
    if (!(why instanceof Unsound)) throw why;
    const words = { zh: "有一行不在这份结果的计票明细中", en: "A row does not stand in this result's counted rows" };
    return { name: "own-row", ok: false, checked: true, ...words, detail: why.message };
  }
}

/**
 * @param {Row} row
 * @returns {Told}
 */
function say({ item, countedAs, area, tag, ballot }) {
  return { item, countedAs, area, tag: hex(tag), ballot: ballot && hex(ballot), ...countedWords(countedAs, area) };
}

/**
 * How a row was counted, in words; area in 0.01 m².
 * @param {string} countedAs
 * @param {number | bigint} area
 * @returns {Words}
 */
export function countedWords(countedAs, area) {
  const whole = BigInt(area);
  const metres = `${whole / 100n}.${String(whole % 100n).padStart(2, "0")}`;
  const [zh, en] = COUNTED[countedAs].map((words) => words.replace("{area}", metres));
  return { zh, en };
}

/**
 * Whether all rows hold, and each head has one for every item that all heads decide, and none for an item that is not there.
 * @param {Told[]} rows
 * @param {number} given
 * @param {string[]} items
 * @param {string[]} ofAll
 */
function isWhole(rows, given, items, ofAll) {
  const tags = new Set(rows.map(({ tag }) => tag));
  const each = [...tags].every((tag) => ofAll.every((item) => rows.some((row) => row.tag === tag && row.item === item)));
  return rows.length === given && each && rows.every(({ item }) => items.includes(item));
}

/** @type {[Words, Words]} passed, failed */
const RESULT_WORDS = [
  { zh: "这条记录是一份结果核定；它是否已生效，看台账上的这一条", en: "The entry certifies the result of a vote; whether it is in force is on the ledger" },
  { zh: "这条记录不是表决结果，或明细不完整，无从核对", en: "The entry is no certified result, or the rows cannot be read" },
];
/** @type {[Words, Words]} */
const WHOLE_WORDS = [
  { zh: "每个事项都有一行，没有漏掉的", en: "There is a row for every item; none was left out" },
  { zh: "有的事项缺少一行：文件不完整", en: "A row is missing: the file does not answer for every item" },
];

/**
 * @param {string} name
 * @param {boolean} ok
 * @param {[Words, Words]} words
 * @param {string} [detail]
 * @returns {Result}
 */
function step(name, ok, [passed, failed], detail = "") {
  return { name, ok, checked: true, ...(ok ? passed : failed), detail };
}

/**
 * The sentence above the steps: how each item was counted, behind what is said of the result's entry.
 * @param {Verdict} verdict
 * @param {boolean} ok
 * @param {Told[]} rows
 * @returns {Words}
 */
function sentence({ ok: agrees, sentence: said }, ok, rows) {
  if (!agrees) return said;
  if (!ok) return { zh: `${said.zh}，但计票明细与结果不一致`, en: `${said.en}, but the rows are not those of the result` };
  const [zh, en] = [rows.map((row) => `${row.item} ${row.zh}`), rows.map((row) => `${row.item}: ${row.en}`)];
  return { zh: `${said.zh}。${zh.join("；")}`, en: `${said.en}. ${en.join("; ")}` };
}
