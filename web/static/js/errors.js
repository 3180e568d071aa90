/** What this folder refuses, in two words: it has not the form, or it does not verify. */

/** Bytes or text that must not be used: `what` was read, `why` it is refused, `code` for programs. */
export class Unsound extends Error {
  /**
   * @param {string} what
   * @param {string} why
   * @param {string} code
   */
  constructor(what, why, code) {
    super(`${what}: ${why}`);
    this.what = what;
    this.why = why;
    this.code = code;
  }
}

/** The bytes do not have the form. */
export class Malformed extends Unsound {
  /**
   * @param {string} what
   * @param {string} why
   * @param {string} [code]
   */
  constructor(what, why, code = "malformed") {
    super(what, why, code);
  }
}

/** The form is right, but signature, hash or quorum does not verify. */
export class Unproven extends Unsound {
  /**
   * @param {string} what
   * @param {string} why
   * @param {string} [code]
   */
  constructor(what, why, code = "unproven") {
    super(what, why, code);
  }
}
