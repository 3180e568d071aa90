import assert from "node:assert/strict";
import test from "node:test";

import { hex, unhex } from "../../web/static/js/bytes.js";
import { Problem } from "../../web/static/js/desk.js";
import { bareCode, enrol, fingerprint, letterOf } from "../../web/static/js/enrol.js";

const CODES = ["K7PQM2XW9TAZ", "ZZZZZZZZZZZW", "11111111112C"];
const LEDGER = "ledger.example.org/log/440307-001/1";
const FOUND = { ledger: LEDGER, person: "000102030405060708090a0b0c0d0e0f", units: ["1***1"] };
const ASKED = { letter: "12", code: CODES[0], found: FOUND, rpId: "ledger.example.org", rpName: "六尺", name: "试苑", vkey: "v" };

/** A phone: what it made, what it kept, what it sent. */
function phone({ standings = {}, refuses = false, keys = [] } = {}) {
  const done = { made: 0, proved: [], sent: [], kept: [...keys] };
  const means = {
    ask: async (path, body) => {
      if (!body) return { standing: standings[path.slice("enrolments/".length)] ?? "unknown" };
      if (refuses) throw new Problem({ code: "letter-used", detail: "No.", remedy: "Ring." });
      done.sent.push([path, body]);
      return {};
    },
    keychain: {
      kept: (ledger) => done.kept.filter((one) => one.ledger === ledger),
      keep: (one) => done.kept.unshift({ ...one, keyId: new Uint8Array(32).fill(one.publicKey[0]) }),
    },
    passkeys: {
      createPasskey: async () => {
        done.made += 1;
        const publicKey = new Uint8Array([10 + done.made, 2, 3]);
        return { publicKey, keyId: new Uint8Array(32).fill(publicKey[0]), credentialId: new Uint8Array([9]) };
      },
      provePossession: async (asked) => {
        done.proved.push(asked);
        return new Uint8Array([5, 6]);
      },
    },
  };
  return { done, means };
}

test("a code is read however it is typed, and a slip is none", () => {
  for (const code of CODES) {
    const typed = [code, code.toLowerCase(), code.replace(/(....)(?=.)/g, "$1-"), ` ${code} `, code.replaceAll("1", "l"), code.replaceAll("1", "１")];
    assert.deepEqual(typed.map(bareCode), typed.map(() => code));
    assert.equal(bareCode(code.slice(0, -1)), null);
    assert.equal(bareCode(`${code[1]}${code[0]}${code.slice(2)}`), code[0] === code[1] ? code : null);
  }
  for (const none of ["", "0".repeat(12), "OOOO-OOOO-OOOO", "验证码验证码验证码验证码"]) assert.equal(bareCode(none), null);
});

test("only a number behind # is a letter", () => {
  assert.deepEqual(["#12", "12", "#", "#012", "#1x", "#<b>", "#1234567890"].map(letterOf), ["12", "12", "", "", "", "", ""]);
});

test("a key's digits are those that everybody computes", () => {
  const digits = fingerprint(Uint8Array.from({ length: 32 }, (_, at) => at));
  assert.deepEqual(digits, ["00001", "00515", "01029", "01543", "02057", "02571", "03085", "03599"]);
});

test("a key is made, kept, proved for the person of the letter and handed in", async () => {
  const { done, means } = phone();
  assert.equal(hex(await enrol(ASKED, means)), "0b".repeat(32));
  assert.deepEqual([done.made, done.kept.length, hex(done.proved[0].person)], [1, 1, FOUND.person]);
  const body = { letter: 12, code: CODES[0], public: "0b0203", possession: "0506", suite: "webauthn-v1" };
  assert.deepEqual(done.sent, [["enrolments", body]]);
});

test("a key that was made and never arrived is handed in again", async () => {
  const { done, means } = phone({ refuses: true });
  await assert.rejects(enrol(ASKED, means), { detail: "No.", remedy: "Ring." });
  const again = phone({ keys: done.kept });
  await enrol(ASKED, again.means);
  assert.deepEqual([again.done.made, again.done.sent[0][1].public], [0, "0b0203"]);
});

test("a key that stands for somebody else of the household is left alone", async () => {
  const other = { ledger: LEDGER, rpId: ASKED.rpId, publicKey: new Uint8Array([1]), credentialId: new Uint8Array([1]), keyId: new Uint8Array(32) };
  for (const standing of ["waiting", "admitted", "bound", "revoked"]) {
    const { done, means } = phone({ keys: [other], standings: { [hex(other.keyId)]: standing } });
    await enrol(ASKED, means);
    assert.equal(done.made, 1);
  }
  assert.equal(unhex("00").length, 1);
});
