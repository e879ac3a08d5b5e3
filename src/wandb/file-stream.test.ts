import { describe, expect, it } from 'vitest';
import { reportOf } from './file-stream.ts';

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

  it('without an exit code at the end ended well; an offset that is none is 0', () => {
    const files = { 'output.log': { offset: -1, content: ['a'] }, 'wandb-events.jsonl': { content: ['b'] } };
    expect(reportOf({ files, complete: true, exitcode: null, preempting: true })).toEqual({
      log: { offset: 0, lines: ['a'] },
      events: { offset: 0, lines: ['b'] },
      exitCode: 0,
      preempting: true,
    });
  });

  it('keeps what is no text as JSON', () => {
    const files = { 'output.log': { offset: 0, content: [{ toString: 1, valueOf: 1 }, 5] } };
    expect(reportOf({ files }).log?.lines).toEqual(['{"toString":1,"valueOf":1}', '5']);
  });
});
