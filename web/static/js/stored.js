/** What this browser keeps of its own, as lists of rows. */

/**
 * @template Row
 * @param {string} place
 * @returns {Row[]}
 */
export function listed(place) {
  try {
    const found = JSON.parse(localStorage.getItem(place) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return []; // storage that is forbidden, or that somebody else wrote
  }
}
