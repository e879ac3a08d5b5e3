/**
 * Upload and download URLs that authorise themselves: the client sends no key with them. A URL names one file of one run and one
 * direction, holds for a day, and is signed with a secret of this server.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FileGrant {
  runId: number;
  name: string;
  may: 'read' | 'write';
}

export interface UrlSigner {
  sign(grant: FileGrant, now: number): string;
  /** @returns null where the token is forged, mangled or too old */
  open(token: string, now: number): FileGrant | null;
}

const lifetimeMs = 24 * 60 * 60 * 1000;

export function createUrlSigner(secret: string): UrlSigner {
  const mac = (payload: string) => createHmac('sha256', secret).update(payload).digest('base64url');
  return {
    sign: (grant, now) => {
      const payload = Buffer.from(JSON.stringify([grant.runId, grant.name, grant.may, now + lifetimeMs])).toString(
        'base64url',
      );
      return `${payload}.${mac(payload)}`;
    },
    open: (token, now) => {
      const [payload = '', signature = ''] = token.split('.');
      const expected = Buffer.from(mac(payload));
      const given = Buffer.from(signature);
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
      const [runId, name, may, until] = JSON.parse(Buffer.from(payload, 'base64url').toString());
      return until > now ? { runId, name, may } : null;
    },
  };
}
