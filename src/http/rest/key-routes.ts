/** /keys: make, list and revoke API keys. For admins. */
import { type ApiKeyRow, createKey, listKeys, revokeKey } from '../../service/keys.ts';
import { iso, isoOrNull, listOf } from './fields.ts';
import { CreateKey, Key, KeyPath, NewKey } from './key-schema.ts';
import { onWrite, refusals, withBody } from './problem-schema.ts';
import { actorOf, type RestRoom, type RestScope } from './scope.ts';

const tags = ['keys'];

export function keyRoutes(scope: RestScope, room: RestRoom): void {
  const viewOf = ({ id, userName, role, label, createdAt, revokedAt }: ApiKeyRow) => ({
    id,
    user: userName,
    role,
    label,
    created_at: iso(createdAt),
    revoked_at: isoOrNull(revokedAt),
  });

  scope.post(
    '/keys',
    {
      schema: {
        operationId: 'createKey',
        summary: 'Make a key',
        description: 'The key itself is in this answer and nowhere else: the server keeps only its hash.',
        tags,
        body: CreateKey,
        response: { 201: NewKey, ...refusals(...withBody, 'admin_only', ...onWrite) },
      },
    },
    async (request, reply) => {
      const { user, role, label } = request.body;
      const { key, row } = await createKey(room.service, actorOf(request), { userName: user, role, label });
      return reply.code(201).send({ ...viewOf(row), key });
    },
  );

  scope.get(
    '/keys',
    {
      schema: {
        operationId: 'listKeys',
        summary: 'List the keys, revoked ones too, oldest first',
        description: 'All of them on one page, without the keys themselves.',
        tags,
        response: { 200: listOf(Key, 'The keys.'), ...refusals('admin_only') },
      },
    },
    async (request) => ({ items: listKeys(room.service, actorOf(request)).map(viewOf), next_cursor: null }),
  );

  scope.post(
    '/keys/:id/revoke',
    {
      schema: {
        operationId: 'revokeKey',
        summary: 'Make a key useless, at once and for good',
        description: 'A key that was revoked before stays as it is. The last admin key cannot be revoked.',
        tags,
        params: KeyPath,
        response: { 200: Key, ...refusals('admin_only', 'key_not_found', 'last_admin_key', ...onWrite) },
      },
    },
    async (request) => viewOf(await revokeKey(room.service, actorOf(request), request.params.id)),
  );
}
