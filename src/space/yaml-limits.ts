/**
 * How deep and how long a YAML text is, before anything slow or recursive reads it. The YAML reader calls itself for each level, and
 * a program that runs out of stack may not get an exception: where a regular expression happens to be compiled just then, V8 ends the
 * process. And it takes 2 to 7 us a token on the server's only thread (2 cores, others at work; 2026-11-25).
 */
import { Lexer } from 'yaml';

/** What the lexer gives where a flow collection ends without its bracket. */
const flowEnd = '\u0018';
/** First characters of what opens nothing: spaces, comments, and the lexer's own marks. */
const blanks = ` \t\r\n#\uFEFF\u0002\u001F${flowEnd}`;

/** Keys, values, marks, spaces, line ends: 10,000 parameters with a distribution and its bounds have up to 350,000. */
export const mostTokens = 400_000;

/**
 * @returns `deep` where brackets are open more than `mostLevels` deep, or so many blocks that they may be (keys, colons and dashes
 *   count alike, which makes two or three of most levels); `long` where the text has more than `mostTokens`
 */
export function brokenLimit(text: string, mostLevels: number): 'deep' | 'long' | null {
  /** Columns at which something stands that is not closed: what comes further to the left in a later line closes it. */
  const open: number[] = [];
  let brackets = 0;
  let column = 0;
  let isLineStart = true;
  let tokens = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets = Math.max(0, brackets - 1);
    else if (token === flowEnd) brackets = 0;
    if (!blanks.includes(token.charAt(0)) && brackets === 0) {
      while (isLineStart && (open.at(-1) ?? -1) >= column) open.pop();
      open.push(column);
      isLineStart = false;
    }
    if (brackets > mostLevels || open.length > 3 * mostLevels) return 'deep';
    if (++tokens > mostTokens) return 'long';
    const lineEnd = token.lastIndexOf('\n');
    if (lineEnd >= 0) isLineStart = true;
    column = lineEnd < 0 ? column + token.length : token.length - lineEnd - 1;
  }
  return null;
}
