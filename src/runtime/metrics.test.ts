import { expect, it } from 'vitest';
import { addForwardingGauges, createMetrics } from './metrics.ts';

it('a server with an upstream says how far forwarding is behind, as it is when it is asked', async () => {
  const metrics = createMetrics('1.2.3');
  let waiting = 3;
  let reason: string | null = null;
  addForwardingGauges(
    metrics,
    () => ({ waiting, refused: 1 }),
    () => false,
    () => ({
      url: 'https://upstream',
      waiting: reason === null ? null : { reason, until: 5_000 },
      lastSuccessAt: 2_500,
    }),
  );
  const lines = async () => (await metrics.registry.metrics()).split('\n').filter((line) => /^sweepd_forw/.test(line));
  expect((await lines()).sort()).toEqual([
    'sweepd_forwarding_last_success_timestamp_seconds 2.5',
    'sweepd_forwarding_runs{state="refused"} 1',
    'sweepd_forwarding_runs{state="waiting"} 3',
    'sweepd_forwarding_stopped 0',
  ]);
  waiting = 4;
  reason = 'the upstream answers 503';
  expect(await lines()).toContain('sweepd_forwarding_runs{state="waiting"} 4');
  expect(await lines()).toContain('sweepd_forwarding_stopped 1');
});
