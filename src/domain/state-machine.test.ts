/** docs/state-machine.md draws the tables of this folder: every edge of the one is in the other. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { leaseStates, leaseTransitions, suggestionStates, suggestionTransitions } from './lease.ts';
import { endState, isLive, liveRunStates, runMayMove, runStates, runTransitions } from './run.ts';
import { sweepMayMove, sweepStates, sweepTransitions } from './sweep.ts';

interface Diagram {
  edges: string[];
  states: string[];
}

const page = readFileSync(new URL('../../docs/state-machine.md', import.meta.url), 'utf8');

function diagramUnder(heading: string): Diagram {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const lines = /```mermaid\nstateDiagram-v2\n(.*?)```/s.exec(section)?.[1]?.trim().split('\n') ?? [];
  const edges: string[] = [];
  const states = new Set<string>();
  for (const line of lines) {
    const [, from, to, on] = /^\s*(\S+) --> (\S+)(?: : ([^:;]+))?$/.exec(line) ?? [];
    const declared = /^\s*state "[^"]+" as (\w+)$/.exec(line)?.[1];
    if (declared !== undefined) states.add(declared);
    else if (from === undefined || to === undefined) throw new Error(`${heading}: what does "${line}" say?`);
    else if (from === '[*]') states.add(to);
    else {
      edges.push(`${from} to ${to}: ${on}`);
      states.add(from).add(to);
    }
  }
  return { edges: edges.sort(), states: [...states].sort() };
}

const edgesOf = (table: readonly { from: string; to: string; on: string }[]) =>
  table.map(({ from, to, on }) => `${from} to ${to}: ${on}`).sort();

describe('the page and the code agree on', () => {
  it.each([
    ['Sweep', sweepStates, sweepTransitions.map(({ from, to, by, on }) => ({ from, to, on: `${by}, ${on}` }))],
    ['Run', runStates, runTransitions],
    ['Lease', leaseStates, leaseTransitions],
    ['Suggestion', suggestionStates, suggestionTransitions],
  ])('%s', (heading, states, table) => {
    const diagram = diagramUnder(heading);
    expect(diagram.edges).toEqual(edgesOf(table));
    expect(diagram.states).toEqual([...states].sort());
  });
});

describe('the tables', () => {
  it('let every live run end, and no ended one be live without its program or an agent', () => {
    for (const state of liveRunStates) {
      const ends = runTransitions.filter((edge) => edge.from === state && !isLive(edge.to));
      expect(ends.length, state).toBeGreaterThan(0);
    }
    expect(runStates.filter((state) => !isLive(state)).sort()).toEqual(
      ['crashed', 'failed', 'finished', 'killed', 'preempted'].sort(),
    );
  });

  it('say who may move a sweep: the search ends a running one and nothing else', () => {
    const bySearch = sweepStates.flatMap((from) =>
      sweepStates.filter((to) => from !== to && sweepMayMove(from, to, 'search')).map((to) => [from, to]),
    );
    expect(bySearch).toEqual([
      ['running', 'paused'],
      ['running', 'finished'],
      ['paused', 'finished'],
    ]);
    expect(sweepStates.every((state) => sweepMayMove(state, state, 'user'))).toBe(true);
    expect([sweepMayMove('pending', 'running', 'user'), sweepMayMove('finished', 'paused', 'user')]).toEqual([
      false,
      false,
    ]);
  });

  it('answer for runs what they list', () => {
    for (const from of runStates) {
      for (const to of runStates) {
        const listed = runTransitions.some((edge) => edge.from === from && edge.to === to);
        expect(runMayMove(from, to)).toBe(listed);
      }
    }
  });
});

describe('the end of a run', () => {
  it.each([
    ['running', null, 0, 'finished'],
    ['running', null, 1, 'failed'],
    ['running', null, 255, 'failed'],
    ['running', null, -15, 'failed'],
    ['running', 1, 0, 'killed'],
    ['running', 1, 255, 'killed'],
    ['preempting', null, 0, 'finished'],
    ['preempting', null, 3, 'preempted'],
    ['preempting', 1, 3, 'killed'],
  ] as const)('from %s, stop requested at %s, exit code %i, is %s', (state, stopRequestedAt, exitCode, end) => {
    expect(endState({ state, stopRequestedAt }, exitCode)).toBe(end);
  });
});
