/** A run's files whose bytes upstream lacks: their URLs are asked for, their bytes streamed from the disk. */
import { noteFile } from '../../service/forwarding.ts';
import type { FileRow, RunRow } from '../../store/views/views.ts';
import type { Forwarded, Upstream } from './context.ts';
import { createFilesMutation } from './documents.ts';
import { mediaPaths } from './policy.ts';

interface CreateFilesAnswer {
  createRunFiles: { uploadHeaders: string[] | null; files: { name: string; uploadUrl: string | null }[] } | null;
}

const filesAtOnce = 20;

/** @returns whether there was anything to send. @throws UpstreamError */
export async function forwardFiles(upstream: Upstream, { run, place }: Forwarded): Promise<boolean> {
  const { service, client, policy } = upstream;
  let media: ReadonlySet<string> | undefined;
  const allowedMedia = () => {
    media ??= mediaOf(upstream, run);
    return media;
  };
  const lacking = service.store.forwarding
    .files(run.id)
    .filter(({ name }) => policy.mayForwardFile(name, allowedMedia));
  for (let at = 0; at < lacking.length; at += filesAtOnce) {
    const some = lacking.slice(at, at + filesAtOnce);
    const names = some.map(({ name }) => name);
    const { createRunFiles } = await client.graphql<CreateFilesAnswer>(createFilesMutation, {
      ...place,
      run: run.name,
      files: names,
    });
    for (const file of some) {
      const url = createRunFiles?.files.find(({ name }) => name === file.name)?.uploadUrl;
      // Without a URL upstream has these bytes already.
      if (url != null) await upload(upstream, url, createRunFiles?.uploadHeaders ?? [], file);
      await noteFile(service, run.id, file.name, file.blob);
    }
    await client.fileStream({ ...place, run: run.name }, JSON.stringify({ uploaded: names }));
  }
  return lacking.length > 0;
}

function upload({ client, blobs }: Upstream, url: string, headers: readonly string[], file: FileRow): Promise<void> {
  const own = headers.some((line) => /^content-type:/i.test(line)) ? [] : [`Content-Type:${file.mimetype}`];
  return client.upload(url, [...headers, ...own], blobs.read(file.blob), file.sizeBytes);
}

/** The files that the forwarded rows and the forwarded summary name. */
function mediaOf({ views, policy }: Upstream, run: RunRow): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { text } of views.writtenLines(run.id, 'history')) {
    if (text.includes('"media/')) mediaPaths(policy.metrics(text), found);
  }
  mediaPaths(policy.metrics(run.summary), found);
  return found;
}
