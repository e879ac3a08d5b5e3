// One line a step. On a terminal the line counts the seconds; elsewhere a line every 20 s says that a long step lives.
const LINE_EVERY_S = 20;

const inSeconds = (ms) => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`);

export function stopwatch() {
  const begin = performance.now();
  return () => inSeconds(performance.now() - begin);
}

/** Shows `title ...` while `work` runs, and behind it how long it took, with the note that `work` may return. */
export async function withProgress(title, work, out = process.stdout) {
  const elapsed = stopwatch();
  const ticker = out.isTTY ? countingLine(title, elapsed, out) : plainLines(title, elapsed, out);
  try {
    const note = await work();
    ticker.end(note ? `${note} (${elapsed()})` : elapsed());
  } catch (error) {
    ticker.end(`failed after ${elapsed()}`);
    throw error;
  }
}

function countingLine(title, elapsed, out) {
  const show = (text) => out.write(`\r\x1b[2K${title} ... ${text}`);
  show('');
  const timer = setInterval(() => show(elapsed()), 1000);
  return {
    end(text) {
      clearInterval(timer);
      show(`${text}\n`);
    },
  };
}

function plainLines(title, elapsed, out) {
  let ticks = 0;
  out.write(`${title} ...`);
  const timer = setInterval(() => {
    if (ticks++ === 0) out.write('\n');
    out.write(`  still at it, ${elapsed()}\n`);
  }, LINE_EVERY_S * 1000);
  return {
    end(text) {
      clearInterval(timer);
      out.write(`${ticks > 0 ? '  ended:' : ''} ${text}\n`);
    },
  };
}
