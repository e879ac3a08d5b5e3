/** Text of others on our terminal: names, messages and values could carry the codes that move its cursor or rewrite its lines. */

/** Control characters, and those that turn the direction of writing. */
const hidden = /[\p{Cc}\u2028\u2029\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** One line of text that shows what it would hide: `\x1b`, `\n`. */
export const visible = (text: string): string => text.replace(hidden, escapeOf);

/** The same line by line. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

/** For JSON text, where JSON itself leaves some control characters as they are. */
export const visibleJson = (json: string): string =>
  json.replace(hidden, (character) => `\\u${hexOf(character).padStart(4, '0')}`);

const hexOf = (character: string) => (character.codePointAt(0) ?? 0).toString(16);

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(character: string): string {
  const hex = hexOf(character);
  return short[character] ?? (hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}
