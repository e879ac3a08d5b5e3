/**
 * An agent that speaks W&B's protocol on the wire, as far as a zombie needs it: register, heartbeat until there is a run, report it,
 * log by file_stream; then, stopped past its lease and continued, log on and complete. Started by agent.ts.
 */
import { type AgentProcess, runAgent } from './agent-process.ts';
import { basic } from './http-connection.ts';
import { pause } from './recorded-client.ts';

const createAgent = `mutation CreateAgent($host: String!, $projectName: String, $entityName: String, $sweep: String!) {
  createAgent(input: {host: $host, projectName: $projectName, entityName: $entityName, sweep: $sweep}) { agent { id } } }`;
const heartbeat = `mutation Heartbeat($id: ID!, $runState: JSONString) {
  agentHeartbeat(input: {id: $id, runState: $runState}) { agent { id } commands } }`;
const upsertBucket = `mutation UpsertBucket($name: String, $project: String, $entity: String, $sweep: String, $host: String) {
  upsertBucket(input: {name: $name, modelName: $project, entityName: $entity, sweep: $sweep, host: $host}) { bucket { id name } inserted } }`;

await runAgent(basic, async (agent) => {
  const run = await takeRun(agent);
  await graphql(agent, 'wandb_run', upsertBucket, {
    name: run,
    entity: 'chaos',
    project: 'chaos',
    sweep: agent.settings.sweepId,
    host: agent.settings.name,
  });
  await stream(agent, run, 0, 3, {});
  await agent.hold();
  await stream(agent, run, 3, 4, {});
  await stream(agent, run, 4, 5, { complete: true, exitcode: 0 });
});

async function takeRun(agent: AgentProcess): Promise<string> {
  const { name: host, sweepId: sweep } = agent.settings;
  const made = await graphql(agent, 'wandb_agent', createAgent, {
    host,
    sweep,
    projectName: 'chaos',
    entityName: 'chaos',
  });
  const { id } = (made.createAgent as { agent: { id: string } }).agent;
  for (;;) {
    const answer = await graphql(agent, 'wandb_agent', heartbeat, { id, runState: '{}' });
    const { commands } = answer.agentHeartbeat as { commands: string };
    const [command] = JSON.parse(commands) as { type: string; run_id: string }[];
    if (command?.type === 'run') return command.run_id;
    if (command?.type === 'exit') throw new Error('The sweep had no run for a W&B agent.');
    await pause(100);
  }
}

async function graphql(agent: AgentProcess, op: 'wandb_agent' | 'wandb_run', query: string, variables: object) {
  const { status, body } = await agent.client.call(op, '/graphql', { query, variables });
  if (status !== 200) throw new Error(`${op}: ${status} ${JSON.stringify(body)}`);
  return (body as { data: Record<string, unknown> }).data;
}

async function stream(agent: AgentProcess, run: string, from: number, to: number, more: object): Promise<void> {
  const content: string[] = [];
  for (let row = from; row < to; row++)
    content.push(JSON.stringify({ loss: 1 / (row + 1), who: agent.settings.name, _step: row }));
  const files = { 'wandb-history.jsonl': { offset: from, content } };
  await agent.client.call('wandb_stream', `/files/chaos/chaos/${run}/file_stream`, { files, ...more });
}
