/** A model-based search over REST, with the real optimizer: it learns, says why, and can be computed again. */
import { expect, test } from 'vitest';
import { parseJson } from '../../src/domain/json.ts';
import { type FitRecord, replaySearch, type SearchRecord } from '../../src/runtime/replay-search.ts';
import { suggestHere } from '../fixtures/optimizer.ts';
import { leaseRun, newSweep, type RestApp, withRestApp } from '../fixtures/rest-app.ts';

const config = {
  method: 'bayes',
  metric: { name: 'loss', goal: 'minimize' },
  parameters: {
    x: { min: 0.5, max: 9.5 },
    y: { min: 0.5, max: 9.5 },
    kind: { values: ['plain', 'fancy'] },
  },
  sweepd: { seed: 7 },
};
interface Place {
  x: number;
  y: number;
  kind: string;
}
// x matters a lot, kind a little, y not at all.
const lossAt = ({ x, kind }: Place) => (x - 3) ** 2 + (kind === 'fancy' ? 0.5 : 0);

/** @returns the ids of the runs, in order */
async function work(api: RestApp, sweep: string, runs: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < runs; i++) {
    const { id, token, config: point } = await leaseRun(api, sweep);
    const summary = { loss: lossAt(point) };
    await api.post(`/runs/${id}/finish`, { token, state: 'finished', summary });
    ids.push(id);
  }
  return ids;
}

const searching = (body: (api: RestApp) => Promise<void>) => withRestApp(body, { suggest: suggestHere });

test('says of every run why its point was suggested', () =>
  searching(async (api) => {
    const sweep = await newSweep(api, config);
    const ids = await work(api, sweep, 14);
    const first = (await api.get(`/runs/${ids[0]}/explanation`)).body;
    expect(first).toMatchObject({ method: 'quasi_random', explanation: { fallback: false, index: 0 } });
    const last = (await api.get(`/runs/${ids.at(-1)}/explanation`)).body;
    expect(last).toMatchObject({ run: ids.at(-1), sweep_id: sweep, method: 'model' });
    expect(last.text).toMatch(/^Chosen by the model after 13 results\. It expected loss /);
    expect(Object.keys(last.explanation.lengthScales).sort()).toEqual(['kind', 'x', 'y']);
    const grid = await newSweep(api, { method: 'grid', parameters: { x: { values: [1] } } });
    const { id } = await leaseRun(api, grid);
    expect((await api.get(`/runs/${id}/explanation`)).body).toMatchObject({
      text: 'Point 1 of the grid.',
      explanation: null,
    });
  }));

test('says which parameters matter, and drafts the next sweep, which knows the runs of this one', () =>
  searching(async (api) => {
    const sweep = await newSweep(api, config);
    expect((await api.post(`/sweeps/${sweep}/refine`)).body.code).toBe('too_few_runs');
    await work(api, sweep, 16);
    const { parameters } = (await api.get(`/sweeps/${sweep}/importance`)).body;
    expect(parameters[0].name).toBe('x');
    expect(parameters[0].low).toBeGreaterThan(parameters.find(({ name }: { name: string }) => name === 'y').total);
    const draft = (await api.post(`/sweeps/${sweep}/refine`)).body;
    const { min, max } = draft.config.parameters.x;
    expect([min > 0.5, min < 3, max > 3, max < 9.5]).toEqual([true, true, true, true]);
    const finer = await newSweep(api, draft.config);
    const [id] = await work(api, finer, 1);
    expect((await api.get(`/runs/${id}`)).body.config.x).toBeGreaterThanOrEqual(min);
    expect((await api.get(`/sweeps/${finer}/results`)).body.prior).toHaveLength(16);
  }));

test('keeps a record from which every suggestion can be computed again, to the bit', () =>
  searching(async (api) => {
    const sweep = await newSweep(api, config);
    const ids = await work(api, sweep, 10);
    await api.delete(`/runs/${ids[3]}`);
    await work(api, sweep, 6);
    const tree = async (path: string) => parseJson((await api.get(path)).text) as unknown;
    const record = (await tree(`/sweeps/${sweep}/results`)) as SearchRecord;
    const { items } = (await tree(`/sweeps/${sweep}/fits?limit=1000`)) as { items: FitRecord[] };
    const outcomes = [...replaySearch(record, items)].map(({ outcome }) => outcome);
    expect(outcomes.length).toBeGreaterThanOrEqual(16);
    expect(new Set(outcomes)).toEqual(new Set(['same']));
    // Other results, other points: the comparison can fail.
    const changed = { ...record, results: record.results.map((result) => ({ ...result, value: 1 })) };
    expect([...replaySearch(changed, items)].some(({ outcome }) => outcome === 'differs')).toBe(true);
  }));

test('tells a sweep without a metric, and one that is not there', () =>
  searching(async (api) => {
    const sweep = await newSweep(api, { method: 'random', parameters: { x: { min: 0, max: 1 } } });
    expect((await api.get(`/sweeps/${sweep}/importance`)).body.code).toBe('no_metric');
    expect((await api.get('/sweeps/nosuch/importance')).body.code).toBe('sweep_not_found');
    expect((await api.get('/sweeps/nosuch/fits')).body.code).toBe('sweep_not_found');
  }));
