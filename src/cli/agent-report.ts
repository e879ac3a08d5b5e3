/** What `sweepd agent` says while it works: lines for people on stderr, or one JSON object an event on stdout. */
import type { AgentEvent } from '../agent/events.ts';
import { fromPlain, type JsonObject, jsonObject } from '../domain/json.ts';
import { visible } from './output/escape.ts';
import { note, paintNote as paint, printJson } from './output/print.ts';
import type { Ink } from './output/style.ts';
import { configLine, duration } from './output/values.ts';

export interface AgentReporter {
  onEvent(event: AgentEvent): void;
  onLine(slot: number, line: string): void;
}

export function agentReporter({ slots, json }: { slots: number; json: boolean }): AgentReporter {
  const width = String(slots - 1).length;
  const mark = (slot: number) => paint(slotInks[slot % slotInks.length] ?? 'dim', `[${String(slot).padStart(width)}]`);
  const put = (slot: number | null, text: string) => note(slots > 1 && slot !== null ? `${mark(slot)} ${text}` : text);
  return {
    onEvent(event) {
      if (json) {
        printJson(eventObject(event));
        return;
      }
      const slot = 'slot' in event ? event.slot : null;
      for (const line of describe(event)) put(slot, line);
    },
    // A program's own output, as it would be on a terminal of its own.
    onLine: (slot, line) => void (json ? process.stderr : process.stdout).write(`${mark(slot)} ${line}\n`),
  };
}

const slotInks: Ink[] = ['cyan', 'yellow', 'green', 'blue'];

/** The run's config keeps the spelling of its numbers. */
function eventObject(event: AgentEvent): JsonObject {
  const time: [string, string] = ['time', new Date().toISOString()];
  return jsonObject([
    time,
    ...Object.entries(event).map(([name, value]): [string, JsonObject[string]] => [
      name === 'failedRuns' ? 'failed_runs' : name,
      fromPlain(value),
    ]),
  ]);
}

const outcomeInks: Record<string, Ink> = { finished: 'green', failed: 'red', stopped: 'yellow', lost: 'yellow' };

function describe(event: AgentEvent): string[] {
  switch (event.event) {
    case 'agent_started': {
      const slots = event.slots === 1 ? '' : `, ${event.slots} slots`;
      const place = event.pool === undefined ? `sweep ${visible(event.sweep ?? '')}` : `pool ${visible(event.pool)}`;
      return [`Agent ${visible(event.name)} works on ${place}${slots}`];
    }
    case 'run_started': {
      const attempt = event.attempt > 1 ? `, attempt ${event.attempt}` : '';
      return [
        `${paint('bold', `Run ${visible(event.run)}`)} (${event.number}${attempt}): ${configLine(event.config)}`,
        paint('dim', `  $ ${event.command.map(shellWord).join(' ')}`),
      ];
    }
    case 'run_stopping':
      return [`Run ${visible(event.run)} is to stop: ${visible(event.reason)}`];
    case 'run_ended':
      return [endLine(event)];
    case 'server_gone':
      return [paint('yellow', `${visible(event.detail)} Programs go on; the agent keeps trying.`)];
    case 'server_back':
      return ['The server answers again.'];
    case 'agent_ended': {
      const failed = event.failedRuns > 0 ? ` (${event.failedRuns} failed)` : '';
      const runs = `${event.runs} ${event.runs === 1 ? 'run' : 'runs'}${failed}`;
      return [paint(event.failed ? 'red' : 'bold', `Agent ended after ${runs}: ${visible(event.reason)}`)];
    }
  }
}

function endLine(event: AgentEvent & { event: 'run_ended' }): string {
  const { outcome, exit_code, signal, seconds, reason } = event;
  const how =
    exit_code === null
      ? signal === null
        ? ''
        : ` by ${signal}`
      : exit_code === 0
        ? ''
        : ` with exit code ${exit_code}`;
  const hints: Record<number, string> = { 126: ' (not executable)', 127: ' (command not found)' };
  const hint = (exit_code !== null && outcome === 'failed' && hints[exit_code]) || '';
  const why = reason === null ? '' : `: ${visible(reason)}`;
  const again = outcome === 'lost' && reason === null ? '; its point is run again once its lease has ended' : '';
  const word = paint(outcomeInks[outcome] ?? 'bold', outcome);
  return `Run ${visible(event.run)} ${word}${how}${hint} after ${duration(seconds)}${why}${again}`;
}

const shellWord = (word: string): string => {
  const shown = visible(word);
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
};
