/** What a method asks of the rest of the config: whatever would make its first suggestion fail. */
import { gridAxis } from './axes.ts';
import type { Parameter, SweepConfig } from './config.ts';
import { listOf, type Reporter } from './problems.ts';

export function checkMethod(config: SweepConfig, report: Reporter): void {
  if (config.method === 'bayes') checkBayes(config, report);
  if (config.method === 'grid') checkGrid(config, report);
  if (config.method === 'custom' && config.controller !== 'local') {
    report.error(
      ['method'],
      'No engine here runs method custom: write grid, random or bayes, or "controller: {type: local}" and run your own',
    );
  }
}

function checkBayes({ metric, space, document }: SweepConfig, { error }: Reporter): void {
  if (metric === null && !('metric' in document)) {
    error(
      [],
      'Method bayes needs a metric: write "metric: {name: loss, goal: minimize}" with the key that the program logs',
    );
  }
  if (space.searchable.length === 0 && space.parameters.length > 0) {
    error(
      ['parameters'],
      'Method bayes needs a parameter to search, and all of these are constants: write "values: [...]" or "min:" and "max:"',
    );
  }
  for (const leaf of space.searchable) {
    if (leaf.form !== 'categorical_w_probabilities') continue;
    error(
      documentPath(leaf),
      `${leaf.name}: method bayes takes no probabilities: remove them, or write "method: random"`,
    );
  }
}

function checkGrid({ space }: SweepConfig, report: Reporter): void {
  const allowed = ['values', 'value', 'integer min and max', '"distribution: q_uniform"'];
  for (const leaf of space.searchable) {
    const { distribution } = leaf;
    if (gridAxis(leaf) === null) {
      const instead =
        leaf.form === 'categorical_w_probabilities' ? 'remove the probabilities' : `write ${listOf(allowed)}`;
      report.error(
        documentPath(leaf),
        `${leaf.name}: a grid cannot list ${leaf.form}: ${instead}, or write "method: random"`,
      );
    } else if (distribution.kind === 'uniform' && distribution.q !== null) {
      const steps = (distribution.max - distribution.min) / distribution.q.step;
      if (Math.abs(steps - Math.round(steps)) > 1e-9) continue;
      report.warning(
        documentPath(leaf),
        `${leaf.name}: a grid of q_uniform stops before max, so ${distribution.max} is not tried: to have it, write "max: ${distribution.max + distribution.q.step}"`,
      );
    }
  }
}

const documentPath = (leaf: Parameter): string[] => leaf.path.flatMap((name) => ['parameters', name]);
