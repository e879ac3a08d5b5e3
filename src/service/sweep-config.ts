/** The parsed form of a sweep's stored config. Parsing a large config takes milliseconds and every ask needs it: it is kept. */
import type { SweepRules } from '../domain/stop.ts';
import { parseSweepConfig, type SweepConfig } from '../space/index.ts';
import type { SweepRow } from '../store/schema.ts';
import type { Service } from './context.ts';

const kept = new Map<string, { text: string; config: SweepConfig }>();
const maxKept = 1_000;

/** @throws Error where the stored text no longer parses: a bug, since nothing that fails to parse is stored */
export function configOf(sweep: Pick<SweepRow, 'id' | 'config'>): SweepConfig {
  const known = kept.get(sweep.id);
  if (known?.text === sweep.config) return known.config;
  const { config, errors } = parseSweepConfig(sweep.config);
  if (config === null) throw new Error(`The stored config of sweep ${sweep.id} is invalid: ${errors[0]?.message}`);
  if (kept.size >= maxKept) kept.delete(kept.keys().next().value ?? '');
  kept.set(sweep.id, { text: sweep.config, config });
  return config;
}

/** Tries in all for a point: a lost agent is not the point's fault, a program's own error probably is. */
export function maxAttempts(config: SweepConfig, why: 'crashed' | 'failed'): number {
  // A local controller sees a lost run itself and schedules what it wants instead.
  if (config.controller === 'local') return 1;
  return config.extensions.maxAttempts ?? (why === 'crashed' ? 3 : 1);
}

const keptRules = new WeakMap<SweepConfig, SweepRules>();

/** The stop rules of a sweep; made once for a config, since every report asks for them. */
export function stopRulesOf(service: Service, sweep: Pick<SweepRow, 'id' | 'config'>): SweepRules {
  const config = configOf(sweep);
  const known = keptRules.get(config);
  if (known !== undefined) return known;
  const rules = service.rulesOf(config);
  keptRules.set(config, rules);
  return rules;
}
