import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestService, type TestService } from '../../test/fixtures/service.ts';
import type { Stream } from './schema.ts';

let test: TestService;
let runId: number;

beforeEach(() => {
  test = createTestService();
  const { projects, runs } = test.store;
  const project = projects.ensure('team', 'vision', 0);
  const times = { createdAt: 0, updatedAt: 0 };
  runId = runs.insert({
    projectId: project.id,
    name: 'r1',
    userName: 'ada',
    displayName: 'r',
    state: 'running',
    ...times,
  }).id;
});
afterEach(() => test.close());

const append = (offset: number, ...lines: string[]) => test.store.streams.append(runId, 'history', offset, lines);
const read = (from?: number, to?: number) => test.store.streams.read(runId, 'history', from, to);
const chunkCount = () => test.store.sqlite.prepare('select count(*) from chunks').pluck().get();

describe('lines of a stream', () => {
  it('are read as they were written, whole and in part', () => {
    append(0, 'a', 'b');
    append(2, 'c', 'd', 'e');
    expect(read()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(read(1, 4)).toEqual(['b', 'c', 'd']);
    expect(read(4)).toEqual(['e']);
    expect(read(5)).toEqual([]);
  });

  it('are set, not added: the last arrival of a line counts', () => {
    append(0, 'a', 'b', 'c');
    append(1, 'B', 'C', 'D');
    append(0, 'A');
    expect(read()).toEqual(['A', 'B', 'C', 'D']);
  });

  it('that arrive once more are known and take no room', () => {
    expect(append(0, 'a', 'b')).toBe(true);
    expect(append(0, 'a', 'b')).toBe(false);
    expect(chunkCount()).toBe(1);
    append(0, 'x');
    expect(append(0, 'a', 'b')).toBe(true);
    expect(read()).toEqual(['a', 'b']);
  });

  it('far apart cost what was written', () => {
    append(0, 'a');
    append(2_000_000_000, 'y', 'z');
    expect(test.store.streams.written(runId, 'history', 0)).toEqual([
      { line: 0, text: 'a' },
      { line: 2_000_000_000, text: 'y' },
      { line: 2_000_000_001, text: 'z' },
    ]);
    expect(test.store.streams.nextWritten(runId, 'history', 1)).toBe(2_000_000_000);
    expect(test.store.streams.nextWritten(runId, 'history', 2_000_000_001)).toBe(2_000_000_001);
    expect(test.store.streams.nextWritten(runId, 'history', 2_000_000_002)).toBeUndefined();
  });

  it('that return to what they were, after others were written over them, are news', () => {
    append(1, 'b');
    append(0, 'A', 'B');
    expect(append(1, 'b')).toBe(true);
    expect(read()).toEqual(['A', 'b']);
  });

  it('that never arrived are gaps, and the list ends with the last that did', () => {
    append(3, 'd');
    expect(read()).toEqual([undefined, undefined, undefined, 'd']);
    append(1, 'b');
    expect(read()).toEqual([undefined, 'b', undefined, 'd']);
    expect(read(2)).toEqual([undefined, 'd']);
  });

  it('may be empty, and hold any text', () => {
    const lines = ['', 'ünï Ω 😀', 'a\nb', '\r', '"', '\u0000', ''];
    append(0, ...lines);
    expect(read()).toEqual(lines);
    append(7, '');
    expect(read(6)).toEqual(['', '']);
  });

  it('of one stream and run stay apart from the others', () => {
    append(0, 'a');
    test.store.streams.append(runId, 'log' satisfies Stream, 0, ['console']);
    expect(read()).toEqual(['a']);
    expect(test.store.streams.read(runId, 'log')).toEqual(['console']);
    expect(test.store.streams.read(runId + 1, 'history')).toEqual([]);
  });

  it('agree with a plain list, whatever arrives in whatever order', () => {
    const arrival = fc.tuple(
      fc.nat(12),
      fc.array(fc.constantFrom('', 'a', 'b', 'two\nlines'), { minLength: 1, maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 12 }), fc.nat(18), fc.nat(18), (arrivals, from, to) => {
        test.store.streams.clear(runId);
        const model: (string | undefined)[] = [];
        for (const [offset, lines] of arrivals) {
          append(offset, ...lines);
          for (const [i, line] of lines.entries()) model[offset + i] = line;
        }
        expect(read()).toEqual(Array.from(model));
        // A part ends with its own last line that arrived.
        const part = Array.from(model).slice(from, to);
        while (part.length > 0 && part.at(-1) === undefined) part.pop();
        expect(read(from, to)).toEqual(part);
      }),
      { numRuns: 200 },
    );
  });
});

describe('a stream that is cleared', () => {
  it('is empty, with its objective values', () => {
    append(0, 'a');
    test.store.streams.putObjectives([{ runId, line: 0, value: 1 }]);
    test.store.streams.clear(runId);
    expect([read(), test.store.streams.objectivesOf(runId)]).toEqual([[], []]);
  });
});

describe('objective values', () => {
  it('are kept by line, however many come at once; the last one of a line counts', () => {
    const rows = Array.from({ length: 27 }, (_, line) => ({ runId, line, value: line / 2 }));
    test.store.streams.putObjectives(rows);
    test.store.streams.putObjectives(rows.slice(5, 19).map((row) => ({ ...row, value: -row.line })));
    const expected = rows.map(({ line, value }) => ({ line, value: line >= 5 && line < 19 ? -line : value }));
    expect(test.store.streams.objectivesOf(runId)).toEqual(expected);
  });
});
