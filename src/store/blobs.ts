/**
 * The bytes of run files, under names of our own: what a client calls a file is a column, never a path. A blob appears whole or not
 * at all: it is written beside its place and renamed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SweepdError } from '../domain/errors.ts';

export interface StoredBlob {
  blob: string;
  sizeBytes: number;
  /** Base64 of the MD5 digest, as W&B's client compares it. */
  md5: string;
}

export type Blobs = ReturnType<typeof createBlobs>;

export function createBlobs(dataDirectory: string) {
  const folder = join(dataDirectory, 'files');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pathOf = (blob: string) => {
    if (!/^[0-9a-f]{32}$/.test(blob)) throw new Error('Not a blob name.');
    return join(folder, blob.slice(0, 2), blob);
  };
  return {
    /** @param maxBytes larger bodies are refused and leave nothing. @throws SweepdError `file_too_large` */
    async put(source: Readable, maxBytes: number): Promise<StoredBlob> {
      const blob = randomBytes(16).toString('hex');
      const path = pathOf(blob);
      mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
      const hash = createHash('md5');
      let sizeBytes = 0;
      const measure = new Transform({
        transform(piece: Buffer, _encoding, done) {
          sizeBytes += piece.length;
          hash.update(piece);
          if (sizeBytes > maxBytes) {
            done(new SweepdError('too_large', 'file_too_large', `A file may have ${maxBytes} bytes at most.`));
          } else done(null, piece);
        },
      });
      try {
        await pipeline(source, measure, createWriteStream(`${path}.part`, { flush: true }));
        await rename(`${path}.part`, path);
      } catch (error) {
        await rm(`${path}.part`, { force: true });
        throw error;
      }
      return { blob, sizeBytes, md5: hash.digest('base64') };
    },
    read: (blob: string): Readable => createReadStream(pathOf(blob)),
    remove: (blob: string): Promise<void> => rm(pathOf(blob), { force: true }),
  };
}
