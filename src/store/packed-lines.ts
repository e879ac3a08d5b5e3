/** The lines of a chunk, in any of the forms in which they are stored. */
import { inflateSync } from 'node:zlib';

export interface StoredLines {
  encoding: 'lines' | 'json' | 'packed';
  text: string;
  packed: Buffer | null;
}

export function unpackLines({ encoding, text, packed }: StoredLines): string[] {
  if (encoding === 'lines') return text.split('\n');
  return JSON.parse(encoding === 'json' ? text : inflateSync(packed ?? Buffer.alloc(0)).toString()) as string[];
}
