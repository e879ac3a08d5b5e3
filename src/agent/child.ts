/** A program in a process group of its own: what it starts ends with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

export interface ChildEnd {
  /** null: ended by a signal. */
  code: number | null;
  signal: NodeJS.Signals | null;
  /** Set where the program could not be started at all. */
  error?: NodeJS.ErrnoException;
}

export interface Child {
  readonly pid: number | undefined;
  /** Settles once the program has ended, and, where it was told to stop, all of its group. */
  readonly ended: Promise<ChildEnd>;
  /** SIGTERM to the group, SIGKILL to what is left of it after the delay. Again: nothing. */
  stop(): void;
  /** SIGKILL to the group, at once. */
  kill(): void;
}

export interface ChildOptions {
  cwd: string;
  environment: NodeJS.ProcessEnv;
  killDelayMs: number;
  /** Takes the program's lines where several programs share the terminal; without it the program writes there itself. */
  onLine?: ((line: string) => void) | undefined;
  /** The program's output goes to stderr: stdout belongs to the agent's own report. */
  toStderr?: boolean;
}

const lookEveryMs = 50;
/** How long a process that outlives the program may hold its pipes open before we stop reading. */
const lastWordsMs = 500;

export function startChild(argv: readonly string[], options: ChildOptions): Child {
  const [command = '', ...rest] = argv;
  const own = options.toStderr ? 2 : ('inherit' as const);
  const piped = options.onLine !== undefined;
  // A terminal's Ctrl-C reaches only the agent this way, which lets the program finish. Its stdin is at its end: a background
  // group that reads the terminal would be stopped for ever.
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: options.environment,
    detached: true,
    stdio: piped ? ['ignore', 'pipe', 'pipe'] : ['ignore', own, own === 2 ? 2 : 'inherit'],
  });
  const read = piped ? [readLines(child.stdout, options.onLine), readLines(child.stderr, options.onLine)] : [];
  let stopping = false;
  let killTimer: NodeJS.Timeout | undefined;

  const signalGroup = (signal: NodeJS.Signals | 0): boolean => {
    try {
      return child.pid !== undefined && process.kill(-child.pid, signal);
    } catch {
      return false;
    }
  };
  const kill = () => void signalGroup('SIGKILL');

  async function waitForEnd(): Promise<ChildEnd> {
    const end = await exitOf(child);
    await Promise.race([Promise.all(read), delay(lastWordsMs)]);
    while (stopping && signalGroup(0)) await delay(lookEveryMs);
    clearTimeout(killTimer);
    return end;
  }

  return {
    pid: child.pid,
    ended: waitForEnd(),
    stop() {
      if (stopping) return;
      stopping = true;
      signalGroup('SIGTERM');
      killTimer = setTimeout(kill, options.killDelayMs);
    },
    kill() {
      stopping = true;
      kill();
    },
  };
}

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function exitOf(child: ChildProcess): Promise<ChildEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Hands on whole lines; of a progress bar that draws over itself only what it showed last. */
function readLines(stream: NodeJS.ReadableStream | null, onLine: ChildOptions['onLine']): Promise<void> {
  if (stream === null || onLine === undefined) return Promise.resolve();
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const put = (line: string) => onLine(line.replace(/\r+$/, '').replace(/^.*\r/, ''));
  return new Promise((resolve) => {
    stream.on('data', (piece: Buffer) => {
      const lines = (rest + decoder.write(piece)).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(put);
    });
    stream.once('error', () => resolve());
    stream.once('close', () => {
      if (rest !== '') put(rest);
      resolve();
    });
  });
}
