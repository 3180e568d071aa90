/**
 * One receipt, checked without asking anybody: {"index", "leaf", "entry", "proof", "status"} against a trust policy.
 *
 * The steps stand in STEPS in their order; each runs if those it needs have passed. What is said of a receipt:
 * it agrees with entry N of the ledger, it does not, or it cannot be checked (no readable receipt, no trusted key).
 * The receipt's own `status` is the ledger's claim: witnesses are counted here by the reader's policy.
 */

import { equal, hex, unhex } from "./bytes.js";
import { parseEntry, parseStatement } from "./entry.js";
import { Malformed, Unproven, Unsound } from "./errors.js";
import { KINDS } from "./kinds.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { NONE, logKeys, parsePolicy, satisfied, verifyCheckpoint } from "./policy.js";
import { parseProof } from "./proof.js";
import { unbase64 } from "./spelling.js";

/** @typedef {{ zh: string, en: string }} Words */
/** @typedef {{ index: number, leaf: string, entry: string, proof: string, status: string }} Receipt */
/** @typedef {{ name: string, ok: boolean, checked: boolean, zh: string, en: string, detail: string }} Result of one step */
/** @typedef {"ok" | "differs" | "unreadable" | "short"} Came to what: short of a key or a witness, nothing is said either way */
/** @typedef {{ ok: boolean, came: Came, origin: string, index: number, sentence: Words, steps: Result[] }} Verdict */
/**
 * What the steps have found so far.
 * @typedef {object} Found
 * @property {Receipt} receipt
 * @property {string} policyText
 * @property {import("./policy.js").Policy} policy
 * @property {Uint8Array} raw the entry's bytes
 * @property {import("./entry.js").Entry} entry
 * @property {import("./entry.js").Statement} statement
 * @property {Uint8Array} leaf
 * @property {import("./proof.js").Proof} proof
 * @property {{ witness: import("./policy.js").Witness, at: bigint }[]} witnesses
 */
/**
 * `run` returns the detail to show, or throws Unsound; `passed` and `failed` are what is said then.
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} needs
 * @property {(found: Found) => string | Promise<string>} run
 * @property {(found: Found) => Words} passed
 * @property {Words} failed
 */

const UTC_OFFSET = 8 * 3_600_000; // Asia/Shanghai has had no other since 1991
const MEMBERS = "entry,index,leaf,proof,status";
const STATUSES = ["recorded", "witnessed"];
const LEAF = /^[0-9a-f]{64}$/;
const SKIPPED = { zh: "未检查：前面有一步没有通过", en: "Not checked: an earlier step did not pass" };

/** Steps that say nothing about the ledger when they fail: what was given does not suffice to check. */
const INSUFFICIENT = ["receipt", "policy", "known"];

/**
 * Whether this receipt agrees with the ledger that the policy trusts, step by step, in words to show.
 * @param {unknown} receipt the receipt's JSON, parsed
 * @param {{ policy: string }} trust the text of a tlog-policy
 * @returns {Promise<Verdict>}
 */
export async function verifyReceipt(receipt, { policy }) {
  const found = /** @type {Found} */ ({ receipt, policyText: policy });
  /** @type {Map<string, Result>} */
  const results = new Map();
  for (const step of STEPS) {
    const isReady = step.needs.every((name) => results.get(name)?.ok);
    results.set(step.name, isReady ? await taken(step, found) : skipped(step));
  }
  const steps = [...results.values()];
  const ok = steps.every((step) => step.ok);
  const [origin, index] = [found.proof?.checkpoint.origin ?? "", found.receipt?.index ?? -1];
  return { ok, came: came(steps), origin, index, sentence: sentence(steps, found), steps };
}

/**
 * @param {Result[]} steps
 * @returns {Came}
 */
function came(steps) {
  const failed = steps.filter((step) => step.checked && !step.ok).map((step) => step.name);
  if (!failed.length) return "ok";
  if (failed.includes("receipt")) return "unreadable";
  return failed.every((name) => [...INSUFFICIENT, "witnesses"].includes(name)) ? "short" : "differs";
}

/**
 * @param {Step} step
 * @param {Found} found
 * @returns {Promise<Result>}
 */
async function taken(step, found) {
  try {
    const detail = await step.run(found);
    return { name: step.name, ok: true, checked: true, ...step.passed(found), detail };
  } catch (why) {
    if (!(why instanceof Unsound)) throw why;
    return { name: step.name, ok: false, checked: true, ...step.failed, detail: why.message };
  }
}

/**
 * @param {Step} step
 * @returns {Result}
 */
function skipped(step) {
  return { name: step.name, ok: false, checked: false, ...SKIPPED, detail: "" };
}

/**
 * The one sentence that stands above the steps. It never says that what was recorded is true.
 * @param {Result[]} steps
 * @param {Found} found
 * @returns {Words}
 */
function sentence(steps, { receipt, proof, policy }) {
  const failed = steps.filter((step) => step.checked && !step.ok);
  const missing = failed.find((step) => INSUFFICIENT.includes(step.name));
  if (failed.some((step) => ![...INSUFFICIENT, "witnesses"].includes(step.name))) {
    return { zh: `与台账第${receipt.index}条不一致`, en: `Does not agree with entry ${receipt.index} of the ledger` };
  }
  if (missing) return { zh: `无法核对：${missing.zh}`, en: `Cannot be checked: ${missing.en}` };
  const isDemo = proof.checkpoint.origin.startsWith("demo.");
  const witnessed = weight(failed.length > 0, policy.quorum === NONE);
  return {
    zh: `${isDemo ? "【演示】" : ""}与台账第${receipt.index}条一致${witnessed.zh}`,
    en: `${isDemo ? "[Demonstration] " : ""}Agrees with entry ${receipt.index} of the ledger${witnessed.en}`,
  };
}

/**
 * @param {boolean} isShort
 * @param {boolean} isUnasked
 * @returns {Words}
 */
function weight(isShort, isUnasked) {
  if (isShort) return { zh: "，但联署方不足公钥文件所要求的数目", en: ", but has fewer witnesses than the policy demands" };
  return isUnasked ? { zh: "（未经联署）", en: " (not witnessed)" } : { zh: "", en: "" };
}

/** @type {Step[]} */
const STEPS = [
  {
    name: "receipt",
    needs: [],
    run: readReceipt,
    passed: () => ({ zh: "回执完整，可以读取", en: "The receipt is complete and readable" }),
    failed: { zh: "这不是一份完整的回执", en: "This is not a complete receipt" },
  },
  {
    name: "policy",
    needs: [],
    run: readPolicy,
    passed: () => ({ zh: "公钥文件可以读取", en: "The trust policy is readable" }),
    failed: { zh: "没有可以读取的公钥文件", en: "There is no readable trust policy" },
  },
  {
    name: "entry",
    needs: ["receipt"],
    run: readEntry,
    passed: () => ({ zh: "记录的字节符合格式", en: "The entry's bytes have the form of an entry" }),
    failed: { zh: "记录的字节不符合格式", en: "The entry's bytes do not have the form of an entry" },
  },
  {
    name: "leaf",
    needs: ["receipt"],
    run: checkLeaf,
    passed: () => ({ zh: "由记录算出的指纹与回执一致", en: "The fingerprint computed from the entry is the receipt's" }),
    failed: { zh: "由记录算出的指纹与回执不一致", en: "The fingerprint computed from the entry is not the receipt's" },
  },
  {
    name: "proof",
    needs: ["receipt"],
    run: readProof,
    passed: () => ({ zh: "证明文件符合格式，记录编号与回执一致", en: "The proof file has its form and names the receipt's entry" }),
    failed: { zh: "证明文件不符合格式，或记录编号与回执不一致", en: "The proof file lacks its form or names another entry" },
  },
  {
    name: "known",
    needs: ["policy", "proof"],
    run: checkKnown,
    passed: () => ({ zh: "公钥文件列有这个台账的公钥", en: "The policy names a key of this ledger" }),
    failed: { zh: "公钥文件没有列出这个台账的公钥", en: "The policy names no key of this ledger" },
  },
  {
    name: "ledger",
    needs: ["entry", "proof"],
    run: checkLedger,
    passed: () => ({ zh: "记录写给的台账就是签名的台账", en: "The entry was written for the ledger that signed" }),
    failed: { zh: "记录是写给另一个台账的", en: "The entry was written for another ledger" },
  },
  {
    name: "signature",
    needs: ["known"],
    run: checkSignature,
    passed: () => ({ zh: "台账的签名相符", en: "The ledger's signature verifies" }),
    failed: { zh: "台账或联署方的签名不相符", en: "A signature of the ledger or of a witness does not verify" },
  },
  {
    name: "witnesses",
    needs: ["signature"],
    run: checkWitnesses,
    passed: ({ policy }) =>
      policy.quorum === NONE
        ? { zh: "公钥文件不要求联署：未经联署", en: "The policy demands no witnesses: not witnessed" }
        : { zh: "联署方达到公钥文件所要求的数目", en: "As many witnesses have cosigned as the policy demands" },
    failed: { zh: "联署方不足公钥文件所要求的数目", en: "Fewer witnesses have cosigned than the policy demands" },
  },
  {
    name: "inclusion",
    needs: ["signature", "leaf"],
    run: checkInclusion,
    passed: () => ({ zh: "这条记录在台账签了名的全部记录之中", en: "The entry stands in the tree that the ledger signed" }),
    failed: { zh: "这条记录不在台账签了名的全部记录之中", en: "The entry does not stand in the tree that the ledger signed" },
  },
  {
    name: "act",
    needs: ["inclusion", "ledger"],
    run: showAct,
    passed: actWords,
    failed: SKIPPED,
  },
];

/** @param {Found} found */
function readReceipt({ receipt }) {
  const isObject = typeof receipt === "object" && receipt !== null;
  if (!isObject || String(Object.keys(receipt).sort()) !== MEMBERS) throw new Malformed("receipt", `members are ${MEMBERS}`);
  const { index, leaf, entry, proof, status } = receipt;
  const isPlace = Number.isSafeInteger(index) && index >= 0 && typeof leaf === "string" && LEAF.test(leaf);
  if (!isPlace || typeof entry !== "string" || typeof proof !== "string" || !STATUSES.includes(status)) {
    throw new Malformed("receipt", "a member of another type or form");
  }
  return `${index} · ${status}`;
}

/** @param {Found} found */
function readPolicy(found) {
  found.policy = parsePolicy(found.policyText);
  return [...found.policy.logs, ...found.policy.witnesses].map(({ vkey }) => vkey.name).join(" · ");
}

/** @param {Found} found */
function readEntry(found) {
  found.entry = parseEntry(entryBytes(found));
  found.statement = parseStatement(found.entry.statement);
  return `${entryBytes(found).length} bytes`;
}

/** @param {Found} found */
function checkLeaf(found) {
  found.leaf = leafHash(entryBytes(found));
  if (!equal(found.leaf, unhex(found.receipt.leaf))) throw new Unproven("leaf", `the entry's is ${hex(found.leaf)}`);
  return found.receipt.leaf;
}

/** @param {Found} found */
function entryBytes({ receipt }) {
  return unbase64(receipt.entry, "entry");
}

/** @param {Found} found */
function readProof(found) {
  found.proof = parseProof(found.receipt.proof);
  const { index, checkpoint } = found.proof;
  if (index !== BigInt(found.receipt.index)) throw new Unproven("proof", `is that of entry ${index}`);
  return `${index} / ${checkpoint.size}`;
}

/** @param {Found} found */
function checkKnown({ policy, proof }) {
  const { origin } = proof.checkpoint;
  if (!logKeys(policy, origin).length) throw new Unproven("policy", `names no key of ${origin}`, "log");
  return origin;
}

/** @param {Found} found */
function checkLedger({ statement, proof }) {
  if (statement.ledger !== proof.checkpoint.origin) throw new Unproven("entry", `belongs to ${statement.ledger}`);
  return statement.ledger;
}

/** @param {Found} found */
async function checkSignature(found) {
  // Without its quorum here, so that a reader learns which of the two is missing: the log's word or the witnesses'.
  const { checkpoint, witnesses } = await verifyCheckpoint(found.proof.note, { ...found.policy, quorum: NONE });
  found.witnesses = witnesses;
  return `${checkpoint.size} · ${hex(checkpoint.root)}`;
}

/** @param {Found} found */
function checkWitnesses({ policy, witnesses }) {
  const told = witnesses.map(({ witness, at }) => `${witness.name} ${shanghai(1000 * Number(at))}`).join(" · ");
  if (!satisfied(policy, witnesses.map(({ witness }) => witness.name))) {
    throw new Unproven("checkpoint", told || "cosigned by nobody whom the policy names", "quorum");
  }
  return told;
}

/** @param {Found} found */
function checkInclusion({ proof, leaf }) {
  const { size, root } = proof.checkpoint;
  verifyInclusion(proof.index, size, leaf, proof.hashes, root);
  return `${proof.hashes.length} hashes`;
}

/** @param {Found} found */
function showAct({ entry, statement }) {
  return `${statement.stream} · ${entry.suite} ${hex(statement.by)}`;
}

/**
 * What was recorded, when and where. The author's signature needs the author's key, which no receipt carries.
 * @param {Found} found
 * @returns {Words}
 */
function actWords({ entry, statement: { kind, ledger } }) {
  const at = shanghai(entry.recordedAt);
  return {
    zh: `${KINDS.get(kind) ?? kind}，${at}（北京时间）登记于台账 ${ledger}。本页不核对作者本人的签名。`,
    en: `${kind}, recorded ${at} (Asia/Shanghai) in ledger ${ledger}. The author's own signature is not checked on this page.`,
  };
}

/**
 * A moment in Asia/Shanghai, `2026-11-22 10:01:01`; milliseconds as they are if no calendar reaches them.
 * @param {number} ms
 */
function shanghai(ms) {
  const moment = new Date(ms + UTC_OFFSET);
  return Number.isNaN(moment.getTime()) ? `${ms} ms` : moment.toISOString().slice(0, 19).replace("T", " ");
}
