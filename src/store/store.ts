/** The store as `service/` holds it: the open database, its one writer, and the statements by family. */
import { decisionStatements } from './decisions.ts';
import { alertStatements, forwardingStatements } from './forwarding.ts';
import { keyStatements } from './keys.ts';
import { agentStatements, leaseStatements } from './leases.ts';
import type { OpenStore } from './open.ts';
import { fitStatements, resultStatements } from './results.ts';
import { rungStatements } from './rungs.ts';
import { runStatements } from './runs.ts';
import { packingStatements, seriesStatements } from './series.ts';
import { shareStatements } from './shares.ts';
import { fileStatements, streamStatements } from './streams.ts';
import { suggestionStatements } from './suggestions.ts';
import { projectStatements, sweepStatements } from './sweeps.ts';
import { createWriter, type WriterOptions } from './writer.ts';
import { writerStatements } from './writer-lines.ts';

export type Store = ReturnType<typeof createStore>;

export function createStore(open: OpenStore, options: WriterOptions = {}) {
  const { db, sqlite } = open;
  return {
    db,
    sqlite,
    writer: createWriter(sqlite, options),
    keys: keyStatements(db),
    projects: projectStatements(db),
    sweeps: sweepStatements(db),
    suggestions: suggestionStatements(db),
    results: resultStatements(db),
    fits: fitStatements(db),
    runs: runStatements(db),
    leases: leaseStatements(db),
    agents: agentStatements(db),
    shares: shareStatements(db),
    streams: streamStatements(db),
    rungs: rungStatements(db),
    decisions: decisionStatements(db),
    series: seriesStatements(db),
    packing: packingStatements(db),
    writers: writerStatements(db),
    files: fileStatements(db),
    alerts: alertStatements(db),
    forwarding: forwardingStatements(db),
    close: open.close,
  };
}
