/**
 * When an agent gives up because its programs fail: W&B's rules, with W&B's variables to change them. Every failure uses up a point
 * of the search, so a program that cannot work must not be started for all of them.
 */

/** `stopped`: by the server's wish. `lost`: the run was taken from this agent, or the agent ended it. */
export type Outcome = 'finished' | 'failed' | 'stopped' | 'lost';

export interface Failures {
  /** @returns why the agent should end, or null */
  add(outcome: Outcome): string | null;
  runs(): number;
  failed(): number;
}

const earlyMs = 60_000;
const earlyFailures = 3;
const usualMaximum = 5;

export function watchFailures(environment: NodeJS.ProcessEnv, now: () => number = () => performance.now()): Failures {
  const start = now();
  const mayFlap = environment.WANDB_AGENT_DISABLE_FLAPPING === 'true';
  const most = Number(environment.WANDB_AGENT_MAX_INITIAL_FAILURES ?? usualMaximum) || usualMaximum;
  let runs = 0;
  let failed = 0;
  return {
    add(outcome) {
      runs++;
      if (outcome !== 'failed') return null;
      failed++;
      if (!mayFlap && failed >= earlyFailures && now() - start < earlyMs) {
        return `${failed} runs failed within the first minute (WANDB_AGENT_DISABLE_FLAPPING=true goes on all the same)`;
      }
      // The runs before this one: W&B counts the one that just failed as a failure, but not yet as ended.
      if (failed >= most && failed >= runs - 1) {
        return `${failed} of ${runs} runs failed (WANDB_AGENT_MAX_INITIAL_FAILURES allows more)`;
      }
      return null;
    },
    runs: () => runs,
    failed: () => failed,
  };
}
