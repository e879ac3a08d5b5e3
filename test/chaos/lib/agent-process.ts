/** What both agent programs do first and last. */
import type { AgentSettings } from './agent.ts';
import { History } from './history.ts';
import { type Random, seeded } from './random.ts';
import { RecordedClient } from './recorded-client.ts';

export interface AgentProcess {
  settings: AgentSettings;
  client: RecordedClient;
  random: Random;
  /** Tells the parent that this agent has a run, and waits until it says to go on. */
  hold(): Promise<void>;
}

export async function runAgent(authorization: (key: string) => string, work: (agent: AgentProcess) => Promise<void>) {
  const settings = JSON.parse(process.argv[2] ?? '{}') as AgentSettings;
  const history = new History(settings.historyPath);
  const client = new RecordedClient(settings.name, history, settings.port, authorization(settings.key));
  const hold = () =>
    new Promise<void>((resolve) => {
      process.once('message', () => resolve());
      process.send?.('holding');
    });
  await work({ settings, client, random: seeded(settings.seed), hold });
  client.close();
  history.close();
  process.disconnect?.();
}
