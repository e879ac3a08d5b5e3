/** `sweepd simulate --record SWEEP`: a model-based search computed again from its record, fit by fit. */
import { type JsonObject, jsonObject, writeJson } from '../domain/json.ts';
import type { FitRecord, SearchRecord } from '../runtime/replay-search.ts';
import { connect, type ServerOptions } from './client/connect.ts';
import { at, idOf, readAll, viewOf } from './client/views.ts';
import { CommandError } from './output/errors.ts';
import { note, paintNote, print, printJson } from './output/print.ts';

export async function simulateRecord(sweep: string, options: ServerOptions): Promise<void> {
  const client = connect(options);
  const path = at('sweeps', idOf(sweep));
  const { body } = await client.request('GET', `${path}/results`);
  const fits = (await readAll(client, `${path}/fits`, {})).map((fit) => fit as unknown as FitRecord);
  if (fits.length === 0) {
    throw new CommandError(`Sweep ${idOf(sweep)} has no record of fits.`, 'Only searches with method bayes keep one.');
  }
  const { replaySearch } = await import('../runtime/replay-search.ts');
  const counts = { same: 0, differs: 0, failed: 0 };
  const differing: JsonObject[] = [];
  for (const { number, outcome, recorded, computed } of replaySearch(body as unknown as SearchRecord, fits)) {
    counts[outcome]++;
    if (!options.json && process.stderr.isTTY) process.stderr.write(`\r${number + 1} of ${fits.length} fits`);
    if (outcome !== 'differs') continue;
    differing.push(
      jsonObject([
        ['number', number],
        ['recorded', recorded],
        ['computed', computed],
      ]),
    );
  }
  if (!options.json && process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (options.json) {
    const all = [...Object.entries(counts), ['differing', differing]] as [string, number | JsonObject[]][];
    printJson(jsonObject(all));
  } else {
    const failed = counts.failed > 0 ? `, ${counts.failed} had failed and have nothing to compare` : '';
    print(`${counts.same} of ${fits.length} fits give the same points to the bit${failed}.`);
    for (const { number, recorded = [], computed = [] } of differing.map((one) => viewOf<DifferingView>(one))) {
      print(`fit ${number}: recorded ${writeJson(recorded)}, computed ${writeJson(computed)}`);
    }
  }
  if (counts.differs > 0) {
    note(paintNote('yellow', 'Another processor or another version of sweepd may round differently.'));
    process.exitCode = 1;
  }
}

interface DifferingView {
  number: number;
  recorded: JsonObject[];
  computed: JsonObject[];
}
