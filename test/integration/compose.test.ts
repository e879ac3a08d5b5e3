/** docker-compose.yml without containers: its form, and its commands as they stand. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { start, until } from '../fixtures/processes.ts';
import { createTestRedis } from '../fixtures/redis.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const Service = z.strictObject({
  build: z.string().optional(),
  image: z.string().optional(),
  profiles: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_started']), required: z.boolean().optional() }),
    )
    .optional(),
  init: z.boolean().optional(),
  restart: z.string(),
  stop_grace_period: z.string().optional(),
  healthcheck: z
    .strictObject({
      test: z.array(z.string()),
      interval: z.string(),
      timeout: z.string(),
      start_period: z.string().optional(),
    })
    .optional(),
});

const compose = z
  .strictObject({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.null()) })
  .parse(parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')));

const serviceNamed = (name: string) => {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`There is no service ${name}.`);
  return service;
};

test('only what is needed starts without a profile, and every volume is declared', () => {
  const always = Object.entries(compose.services).filter(([, { profiles }]) => profiles === undefined);
  expect(always.map(([name]) => name)).toEqual(['server']);
  const used = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes.map((one) => one.split(':')[0]));
  expect(new Set(used)).toEqual(new Set(Object.keys(compose.volumes)));
  for (const { depends_on = {} } of Object.values(compose.services)) {
    for (const name of Object.keys(depends_on)) expect(compose.services).toHaveProperty(name);
  }
});

test('Redis keeps what it has and evicts nothing, as a real redis-server understands it', async () => {
  const redis = await createTestRedis();
  try {
    const [, ...settings] = serviceNamed('redis').command ?? [];
    await redis.start(...settings);
    expect(String(await redis.run('CONFIG', 'GET', 'maxmemory-policy'))).toContain('noeviction');
    expect(String(await redis.run('CONFIG', 'GET', 'appendonly'))).toContain('yes');
  } finally {
    await redis.end();
  }
});

test('the commands of server and worker start them on the Redis that is named, and the health check says that the server is ready', async () => {
  const { entrypoint = [], command = [], healthcheck } = serviceNamed('server');
  const folder = mkdtempSync(join(tmpdir(), 'sweepd-compose-'));
  const redis = await createTestRedis();
  try {
    await redis.start();
    // Compose reads $$ as $.
    const [shell = '', ...words] = [...entrypoint, ...command].map((word) => word.replaceAll('$$', '$'));
    const port = String(redis.port + 1);
    const args = words.map(
      (word) => ({ '/data': join(folder, 'data'), '8080': port, '0.0.0.0': '127.0.0.1' })[word] ?? word,
    );
    const environment = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(SWEEPD|WANDB)_/.test(name)),
    );
    const server = start(shell, args, root, { ...environment, SWEEPD_REDIS_URL: redis.url });
    await until('the server works with Redis', () => (server.output().includes('Redis works') ? true : null), 60);
    const [, ...check] = (healthcheck?.test ?? []).map((word) => word.replace('8080', port));
    const [node = '', ...entry] = serviceNamed('worker').entrypoint ?? [];
    const worker = start(node, entry, root, { ...environment, SWEEPD_REDIS_URL: redis.url });
    await until('the worker has met the server', () => (worker.output().includes('Computes for') ? true : null), 60);
    worker.signal('SIGTERM');
    expect((await worker.ended).code).toBe(0);
    const healthy = () => spawnSync(check[0] ?? '', check.slice(1)).status;
    expect(healthy()).toBe(0);
    await redis.kill();
    await until('the health check fails without Redis', () => (healthy() === 0 ? null : true), 60);
    server.signal('SIGTERM');
    expect((await server.ended).code).toBe(0);
  } finally {
    await redis.end();
    rmSync(folder, { recursive: true, force: true });
  }
});
