/** Why a point was suggested, in words a person understands. */
import type { SuggestionRow } from '../store/schema.ts';

/** What the optimizer writes beside a point (optimizer/types.ts), as far as the words need it. */
interface Explained {
  method?: string;
  fallback?: boolean;
  reason?: string | null;
  mean?: number | null;
  low?: number | null;
  high?: number | null;
  exploring?: number | null;
  feasible?: number | null;
  lengthScales?: Record<string, number> | null;
  results?: number;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
const percent = (share: number): string => `${Math.round(100 * share)}%`;
/** From this length scale on a parameter makes little difference: on a unit axis the model is nearly flat. */
const flat = 2;

/** @param metric its name */
export function suggestionWords(suggestion: SuggestionRow, metric: string | null): string {
  const { method, ordinal } = suggestion;
  if (method === 'grid') return `Point ${ordinal + 1} of the grid.`;
  if (method === 'random') return `Draw ${ordinal + 1} of the random search.`;
  if (method === 'local') return 'Scheduled by the local controller.';
  const explained = JSON.parse(suggestion.explanation ?? '{}') as Explained;
  if (method === 'prior') return 'Named under sweepd.prior: to be tried first.';
  if (method !== 'model') {
    const stands = explained.fallback ? 'A quasi-random point stood in for the model: ' : 'A quasi-random point: ';
    return `${stands}${explained.reason ?? 'no model'}.`;
  }
  return [`Chosen by the model after ${explained.results ?? 0} results.`, ...modelWords(explained, metric)].join(' ');
}

function modelWords({ mean, low, high, exploring, feasible, lengthScales }: Explained, metric: string | null) {
  const sentences: string[] = [];
  if (mean != null) {
    const range = low == null || high == null ? '' : `, with 68% between ${short(low)} and ${short(high)}`;
    sentences.push(`It expected ${metric ?? 'the metric'} ${short(mean)} here${range}.`);
  }
  if (exploring != null) {
    sentences.push(`${percent(exploring)} exploring, ${percent(1 - exploring)} exploiting.`);
  }
  const scales = Object.entries(lengthScales ?? {}).sort((a, b) => a[1] - b[1]);
  const mattering = scales.filter(([, scale]) => scale < flat).map(([name]) => name);
  if (mattering.length > 0 && scales.length > 1)
    sentences.push(`What matters most, first: ${mattering.slice(0, 4).join(', ')}.`);
  if (feasible != null && feasible < 0.95)
    sentences.push(`It gave the run a chance of ${percent(feasible)} not to fail.`);
  return sentences;
}
