/** The next points of a model-based search. */
import { chooseByModel, doubtEvery, type Knowledge } from './choice.ts';
import { columnsOf, pointOf, rowKey, sizeOf } from './columns.ts';
import { explainModel, explainStart } from './explain.ts';
import { createFeasibility } from './failures.ts';
import { readHistory } from './history.ts';
import { buildModel, type Model } from './model.ts';
import { startRow, startSize } from './start-design.ts';
import type { Answer, Snapshot, Suggestion } from './types.ts';

/** Results without which no model is fitted. */
const fewestResults = 2;
/** Below this the model has nothing left to say, and every third suggestion also goes where the start design would. */
const hopeless = Math.log(1e-3);

/**
 * The next `count` points, different from one another and from all known ones where the space has others left.
 * Depends on its arguments alone, and never throws for what is in them: where the model cannot answer, a quasi-random point comes
 * with the reason.
 */
export function suggest(snapshot: Snapshot, count: number): Answer {
  const columns = columnsOf(snapshot.config.space);
  const history = readHistory(columns, snapshot);
  const session: Session = {
    snapshot,
    columns,
    history,
    seed: snapshot.config.extensions.seed ?? snapshot.seed,
    model: null,
    modelError: null,
    feasibility: null,
    size: sizeOf(columns),
  };
  try {
    if (history.observations.length + history.prior.length >= fewestResults) {
      session.model = buildModel(columns, history, snapshot.model);
    }
    session.feasibility = createFeasibility(columns, history, session.model?.theta ?? null);
  } catch (error) {
    session.modelError = messageOf(error);
  }
  const suggestions: Suggestion[] = [];
  while (suggestions.length < count) {
    const next = suggestOne(session, snapshot.made + suggestions.length);
    if (next === null) break;
    suggestions.push(next.suggestion);
    history.pending.push(next.row);
    history.tried.add(rowKey(next.row));
  }
  return { suggestions, model: session.model?.state ?? snapshot.model };
}

interface Session extends Knowledge {
  snapshot: Snapshot;
  model: Model | null;
  modelError: string | null;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function suggestOne(session: Session, index: number): { row: Float64Array; suggestion: Suggestion } | null {
  const { snapshot, columns, history, model } = session;
  const seen = history.observations.length + history.pending.length + history.prior.length;
  const isStart = seen < startSize(columns, snapshot.width) && history.failures.length < 2 * startSize(columns, 1);
  let reason = session.modelError;
  let isFallback = !isStart && reason !== null;
  if (model !== null && !isStart && reason === null) {
    try {
      const chosen = chooseByModel(session, model, index);
      const isHopeless = chosen !== null && chosen.prediction.acquisition < hopeless && index % doubtEvery === 1;
      if (chosen !== null && !isHopeless) {
        const explanation = explainModel(snapshot, index, model, chosen.prediction);
        return { row: chosen.row, suggestion: { point: pointOf(columns, chosen.row), explanation } };
      }
      isFallback = !isHopeless;
      reason = isHopeless
        ? 'the model expects nothing more: a point of the even sequence'
        : 'the model found no point that was not tried';
    } catch (error) {
      isFallback = true;
      reason = messageOf(error);
    }
  }
  const { config } = snapshot;
  const row = startRow({ config, columns, history, seed: session.seed, feasibility: session.feasibility }, index);
  if (row === null) return null;
  const words = isStart ? 'start design: points that fill the space evenly' : (reason ?? 'no result to learn from yet');
  const explanation = explainStart(snapshot, index, words, isFallback);
  return { row, suggestion: { point: pointOf(columns, row), explanation } };
}
