/** Every key that a config may have, by the place where it stands: what docs/config.md explains, and a test holds it to. */
import { extensionKeys } from './extensions.ts';
import { bandKeys, metricKeys } from './metric.ts';
import { forms } from './parameter-forms.ts';
import { silentKeys, topLevelKeys } from './parse.ts';
import { stopRuleKeys } from './stop-rules.ts';

export const knownKeys = {
  topLevel: [...topLevelKeys, ...silentKeys],
  metric: metricKeys,
  earlyTerminate: bandKeys,
  sweepd: extensionKeys,
  stopRules: stopRuleKeys,
  /** Each distribution with the keys that it takes. */
  distributions: Object.fromEntries(
    Object.entries(forms).map(([name, { required, optional }]) => [name, Object.keys({ ...required, ...optional })]),
  ),
};
