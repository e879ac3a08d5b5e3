/** A key on the wire. */
import { z } from 'zod';
import { time } from './fields.ts';

const keyId = z
  .string()
  .min(1)
  .meta({ description: "The key's id: its name in lists, not the key.", examples: ['x4k2m9qa'] });
const user = z
  .string()
  .min(1)
  .max(100)
  .meta({ description: 'Whose key it is: shown with the sweeps and runs made with it.', examples: ['ada'] });
const role = z.enum(['admin', 'member']).meta({ description: 'admin: may manage keys too.' });

export const KeyPath = z.object({ id: keyId });

export const Key = z
  .object({
    id: keyId,
    user,
    role,
    label: z.string().meta({ description: 'What it is for.' }),
    created_at: time('When it was made.'),
    revoked_at: time('When it was revoked.').nullable(),
  })
  .meta({ id: 'Key', description: 'A key, without the key itself.' });

export const NewKey = Key.extend({
  key: z.string().meta({ description: 'The key, shown only now.' }),
}).meta({ id: 'NewKey', description: 'A key that was just made.' });

export const CreateKey = z
  .object({
    user,
    role: role.default('member'),
    label: z
      .string()
      .max(200)
      .default('')
      .meta({ description: 'What it is for.', examples: ['gpu box 7'] }),
  })
  .meta({ id: 'CreateKey' });
