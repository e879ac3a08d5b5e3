/** Waits that grow while the server is away, and end at once when the agent is to take no more. */

const firstMs = 500;
const longestMs = 15_000;

export interface BackOff {
  /** True for the first failure of a row. */
  begins(): boolean;
  /** Longer each time, up to 15 s, a random part of it so that many agents do not come back at once. */
  wait(): Promise<void>;
  sleep(ms: number): Promise<void>;
  /** Tells it of a success. @returns whether there were failures before */
  reset(): boolean;
}

export function startBackOff(signal: AbortSignal): BackOff {
  let failures = 0;
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
    });
  return {
    begins: () => failures === 0,
    sleep,
    wait: () => sleep(Math.min(longestMs, firstMs * 2 ** failures++) * (0.75 + Math.random() / 4)),
    reset: () => {
      const had = failures > 0;
      failures = 0;
      return had;
    },
  };
}
