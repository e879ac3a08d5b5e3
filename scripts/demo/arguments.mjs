// The demo's command line.
export const usage = `npm run demo [-- [team] [SWEEP] [options]]

  SWEEP        bayes (default), grid or quick: a file of config/sweeps
  team         as a team has it: the queue through Redis, a worker that computes for the search, an agent of one sweep
               and an agent of a pool
  --count N    runs in all, shared by the two agents (default 12; quick: its 6 points)
  --keep       leave the server up at the end, to look at the page
  --help       this text`;

const sweeps = ['bayes', 'grid', 'quick'];

export function parseArguments(args) {
  const options = { sweep: 'bayes', team: false, count: undefined, keep: false, help: false };
  for (let i = 0; i < args.length; i++) {
    const argument = args[i];
    if (argument === 'team') options.team = true;
    else if (argument === '--keep') options.keep = true;
    else if (argument === '--help' || argument === '-h') options.help = true;
    else if (argument === '--count' || argument.startsWith('--count=')) {
      const value = argument === '--count' ? args[++i] : argument.slice('--count='.length);
      options.count = Number(value);
      if (!Number.isInteger(options.count) || options.count < 1)
        return { error: `--count takes a number of runs, not "${value}"` };
    } else if (sweeps.includes(argument)) options.sweep = argument;
    else return { error: `"${argument}" is neither an option nor one of team, ${sweeps.join(', ')}` };
  }
  // The quick sweep ends by itself; the others are longer than a demo should be.
  return { ...options, count: options.count ?? (options.sweep === 'quick' ? null : 12) };
}
