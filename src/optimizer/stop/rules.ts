/** A sweep's stop rules, from its config. */
import type { Ladder, SweepRules } from '../../domain/stop.ts';
import type { StopRule, SweepConfig } from '../../space/index.ts';
import { divergenceAfter } from './divergence.ts';
import { hyperbandLadder } from './hyperband.ts';
import { medianLadder } from './median.ts';
import { progressAfter } from './plateau.ts';

/** Of several time limits, budgets and the like the strictest one counts. */
export function rulesOf(config: SweepConfig): SweepRules {
  const { metric, extensions } = config;
  const all = <Type extends StopRule['type']>(type: Type) =>
    extensions.stop.filter((rule): rule is Extract<StopRule, { type: Type }> => rule.type === type);
  const ladders = laddersOf(config);
  const target = metric?.target ?? null;
  const divergences = metric === null ? [] : all('divergence');
  const rules: Omit<SweepRules, 'isEmpty'> = {
    sign: metric?.goal === 'maximize' ? -1 : 1,
    ladders,
    key: JSON.stringify([target, ...ladders.map(({ key }) => key)]),
    target,
    divergence: divergences.length === 0 ? null : (streak, values) => firstDivergence(divergences, streak, values),
    timeLimit: least(all('time_limit').map(({ seconds }) => seconds)),
    silence: metric === null ? null : least(all('silence').map(({ seconds }) => seconds)),
    plateau: metric === null ? null : plateauOf(all('plateau')),
    failures: least(all('failures').map(({ consecutive }) => consecutive)),
    budget: budgetOf(all('budget')),
  };
  const { divergence, timeLimit, silence, plateau, failures, budget } = rules;
  const single = [target, divergence, timeLimit, silence, plateau, failures, budget];
  return { ...rules, isEmpty: ladders.length === 0 && single.every((rule) => rule === null) };
}

function laddersOf({ metric, earlyTerminate, extensions, controller }: SweepConfig): Ladder[] {
  if (metric === null) return [];
  // A local controller runs Hyperband itself, and says which runs to stop.
  const hyperband =
    earlyTerminate === null || controller === 'local' ? [] : [hyperbandLadder(earlyTerminate, 'hyperband')];
  const medians = extensions.stop.filter((rule) => rule.type === 'median');
  return [...hyperband, ...medians.map((rule, i) => medianLadder(rule, i === 0 ? 'median' : `median ${i + 1}`))];
}

function firstDivergence(
  rules: readonly Extract<StopRule, { type: 'divergence' }>[],
  streak: number,
  values: readonly number[],
) {
  const results = rules.map((rule) => divergenceAfter(rule, streak, values));
  return { streak: results[0]?.streak ?? 0, found: results.find(({ found }) => found !== null)?.found ?? null };
}

function plateauOf(rules: readonly Extract<StopRule, { type: 'plateau' }>[]): SweepRules['plateau'] {
  const [rule] = rules.toSorted((a, b) => a.runs - b.runs);
  if (rule === undefined) return null;
  return { runs: rule.runs, after: (progress, loss) => progressAfter(progress, loss, rule.minDelta) };
}

function budgetOf(rules: readonly Extract<StopRule, { type: 'budget' }>[]): SweepRules['budget'] {
  if (rules.length === 0) return null;
  const strictest = (values: readonly (number | null)[]) => least(values.filter((value) => value !== null));
  return {
    runSeconds: strictest(rules.map((rule) => rule.runSeconds)),
    seconds: strictest(rules.map((rule) => rule.seconds)),
  };
}

const least = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.min(...values));
