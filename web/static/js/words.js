/** The texts of a page's own: a template holds them by name, so that they come in the reader's language with the page. */

import { must } from "./shown.js";

/** @typedef {(name: string, gaps?: Record<string, string | number>) => string} Said */

/**
 * The texts of a template, each with its gaps filled.
 * @param {string} id
 * @returns {Said}
 */
export function wordsOf(id) {
  const words = /** @type {HTMLTemplateElement} */ (must(id)).content;
  return (name, gaps = {}) => {
    const text = words.querySelector(`[data-name="${name}"]`)?.textContent ?? "";
    return Object.entries(gaps).reduce((filled, [gap, value]) => filled.replaceAll(`{${gap}}`, String(value)), text);
  };
}

/**
 * A new element with a class and words.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} [words]
 * @param {string} [classes]
 */
export function made(name, words = "", classes = "") {
  const element = document.createElement(name);
  element.textContent = words;
  if (classes) element.className = classes;
  return element;
}
