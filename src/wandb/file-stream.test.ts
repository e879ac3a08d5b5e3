import { describe, expect, it } from 'vitest';
import { type FileStreamBody, reportOf as read } from './file-stream.ts';

const fresh = { historyLines: 0, eventsLines: 0, logLines: 0 };
const reportOf = (body: FileStreamBody) => read(body, fresh).report;

describe('a post of the stream', () => {
  it('carries lines by stream, the last line of the summary, and the end', () => {
    expect(
      reportOf({
        files: {
          'wandb-history.jsonl': { offset: 3, content: ['{"a":1}', '{"a":2}\n'] },
          'wandb-events.jsonl': { offset: 1, content: ['{"cpu":1}'] },
          'wandb-summary.json': { offset: 0, content: ['{"old":1}', '{"new":1}'] },
          'output.log': { offset: 0, content: ['hello\r\n', ''] },
        },
        complete: true,
        exitcode: 3,
      }),
    ).toEqual({
      history: { offset: 3, lines: ['{"a":1}', '{"a":2}'] },
      events: { offset: 1, lines: ['{"cpu":1}'] },
      summary: '{"new":1}',
      log: { offset: 0, lines: ['hello', ''] },
      exitCode: 3,
    });
  });

  it.each([
    ['nothing', {}],
    ['what old clients add', { complete: false, exitcode: null, preempting: false, files: {} }],
    ['no files', { files: null }],
    ['an empty stream', { files: { 'wandb-history.jsonl': { offset: 4, content: [] }, 'output.log': null } }],
  ])('with %s is a sign of life', (_, body) => {
    expect(reportOf(body)).toEqual({});
  });

  it('without an exit code at the end ended well; without an offset it begins at 0', () => {
    const files = { 'wandb-events.jsonl': { content: ['b'] } };
    expect(reportOf({ files, complete: true, exitcode: null, preempting: true })).toEqual({
      events: { offset: 0, lines: ['b'] },
      exitCode: 0,
      preempting: true,
    });
  });

  it.each([-1, 1.5, '3', null, Number.NaN, {}])(
    'with the offset %j is refused in that stream, and read in the others',
    (offset) => {
      const files = { 'output.log': { offset, content: ['a'] }, 'wandb-history.jsonl': { offset: 0, content: ['{}'] } };
      const { report, refused } = read({ files, complete: true, exitcode: 0 }, fresh);
      expect(report).toEqual({ history: { offset: 0, lines: ['{}'] }, exitCode: 0 });
      expect(refused).toEqual([`output.log: offset ${JSON.stringify(offset)} is no integer of 0 or more`]);
    },
  );

  it('may begin a million lines behind the known ones, and not further', () => {
    const at = (offset: number) =>
      read({ files: { 'output.log': { offset, content: ['a'] } } }, { ...fresh, historyLines: 900, logLines: 7 });
    expect(at(1_000_007)).toEqual({ report: { log: { offset: 1_000_007, lines: ['a'] } }, refused: [] });
    expect(at(1_000_008)).toEqual({
      report: {},
      refused: ['output.log: offset 1000008 lies more than 1000000 lines beyond the 7 known ones'],
    });
  });

  it('may not fill a stream beyond what a count can say', () => {
    const known = { ...fresh, logLines: 2 ** 31 - 2 };
    const { refused } = read({ files: { 'output.log': { offset: 2 ** 31 - 2, content: ['a', 'b'] } } }, known);
    expect(refused).toEqual([expect.stringContaining('the most lines that a stream may have, 2147483647')]);
  });

  it('keeps what is no text as JSON', () => {
    const files = { 'output.log': { offset: 0, content: [{ toString: 1, valueOf: 1 }, 5] } };
    expect(reportOf({ files }).log?.lines).toEqual(['{"toString":1,"valueOf":1}', '5']);
  });
});
