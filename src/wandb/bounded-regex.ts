/**
 * Patterns that somebody else wrote, kept from holding the server's only thread: a regular expression can take time exponential in
 * the length of a text. What may be slow runs under V8's own watchdog (`node:vm`), 0.1-0.2 ms a call (2026-11-25); the rest directly.
 */
import { createContext, Script } from 'node:vm';

const mostCharacters = 500;
/** Where two quantifiers at most take at most the cube of it in steps. */
const shortText = 200;
/** For all texts together, milliseconds. */
const budgetMs = 500;

export class RegexRefused extends Error {}

/**
 * @returns whether a text matches somewhere; throws RegexRefused when the texts so far took too long
 * @throws RegexRefused where the source is no pattern, or too long
 */
export function boundedRegex(source: unknown): (text: string) => boolean {
  if (typeof source !== 'string' || source.length > mostCharacters)
    throw new RegexRefused(`a pattern is a text of ${mostCharacters} characters at most`);
  const pattern = compile(source);
  const simple = isSimple(source);
  let slow: ReturnType<typeof watched> | undefined;
  let leftMs = budgetMs;
  return (text) => {
    if (leftMs <= 0) throw new RegexRefused(tooSlow);
    const begin = performance.now();
    try {
      if (simple && text.length <= shortText) return pattern.test(text);
      slow ??= watched(pattern);
      return slow(text, Math.ceil(leftMs));
    } finally {
      leftMs -= performance.now() - begin;
    }
  };
}

const tooSlow = 'the pattern takes too long: repeat single characters, not groups';

function compile(source: string): RegExp {
  try {
    // Python's way to say "in any case", which its users write first.
    return source.startsWith('(?i)') ? new RegExp(source.slice(4), 'i') : new RegExp(source);
  } catch (error) {
    throw new RegexRefused((error as Error).message);
  }
}

/** No repeated group, no reference back, two quantifiers and four alternatives at most: milliseconds on a short text. */
function isSimple(source: string): boolean {
  const bare = source.replace(/\(\?[:=!i]/g, '(');
  const count = (marks: RegExp) => (bare.match(marks) ?? []).length;
  return !/\)[*+{?]|\\[1-9k]/.test(bare) && count(/[*+{?]/g) <= 2 && count(/\|/g) <= 4;
}

function watched(pattern: RegExp): (text: string, timeout: number) => boolean {
  const script = new Script('pattern.test(text)');
  const context = createContext({ pattern, text: '' });
  return (text, timeout) => {
    context.text = text;
    try {
      return script.runInContext(context, { timeout }) as boolean;
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      throw new RegexRefused(tooSlow);
    }
  };
}
