import { describe, expect, it } from 'vitest';
import { createUrlSigner } from './signed-urls.ts';

const day = 24 * 60 * 60 * 1000;
const signer = createUrlSigner('secret');
const grant = { runId: 7, name: 'media/ünï/../a b.png', may: 'write' } as const;
const token = signer.sign(grant, 1000);

describe('a signed URL', () => {
  it('names its file and what may be done with it, for a day', () => {
    expect(token).toMatch(/^[\w.-]+$/);
    expect(signer.open(token, 1000)).toEqual(grant);
    expect(signer.open(token, 1000 + day - 1)).toEqual(grant);
    expect(signer.open(token, 1000 + day)).toBeNull();
  });

  it('of another server is refused', () => {
    expect(createUrlSigner('other').open(token, 1000)).toBeNull();
  });

  it('that was changed is refused', () => {
    const [payload = '', mac = ''] = token.split('.');
    const forged = Buffer.from(JSON.stringify([8, grant.name, 'write', 10 * day])).toString('base64url');
    for (const text of [`${forged}.${mac}`, payload, `${payload}.`, `.${mac}`, '', 'a.b', `${payload}.${mac}x`]) {
      expect(signer.open(text, 1000)).toBeNull();
    }
  });
});
