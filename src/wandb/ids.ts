/** W&B's storage ids: opaque to the client, base64 text since it decodes some of them. */
const encode = (kind: string, id: string | number) => Buffer.from(`${kind}:${id}`).toString('base64');

function decode(kind: string, storageId: string): string | null {
  const text = Buffer.from(storageId, 'base64').toString();
  return text.startsWith(`${kind}:`) ? text.slice(kind.length + 1) : null;
}

export const sweepStorageId = (id: string) => encode('Sweep', id);
/** Takes the eight-character id too: some callers send that. */
export const sweepIdOf = (storageId: string) => decode('Sweep', storageId) ?? storageId;

export const runStorageId = (id: number) => encode('Run', id);
/** @returns the row's number, or null for what is no run's id */
export function runIdOf(storageId: string): number | null {
  const id = Number(decode('Run', storageId) ?? Number.NaN);
  return Number.isSafeInteger(id) ? id : null;
}

export const userStorageId = (name: string) => encode('User', name);
export const projectStorageId = (id: number) => encode('Project', id);
export const entityStorageId = (name: string) => encode('Entity', name);
export const agentStorageId = (id: string) => encode('Agent', id);
export const agentIdOf = (storageId: string) => decode('Agent', storageId) ?? storageId;

export const fileStorageId = (runId: number, name: string) => encode('File', `${runId}:${name}`);
export function fileIdOf(storageId: string): { runId: number; name: string } | null {
  const text = decode('File', storageId);
  const colon = text?.indexOf(':') ?? -1;
  return text === null || colon < 0 ? null : { runId: Number(text.slice(0, colon)), name: text.slice(colon + 1) };
}

/** Old clients parse exactly `%Y-%m-%dT%H:%M:%S`, with a Z at most. */
export const dateTime = (ms: number | null) => (ms === null ? null : `${new Date(ms).toISOString().slice(0, 19)}Z`);
