import { describe, expect, it, vi } from 'vitest';
import { useCli } from '../fixtures/cli.ts';
import { apiKey, useServer } from '../fixtures/server.ts';

// Every command is a process of its own, and a machine that runs all tests at once has few cores for them.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const server = useServer();
const cli = useCli(server);

describe('keys', () => {
  it('an admin makes, lists and revokes them; a member may not', async () => {
    const made = await cli.run(['keys', 'create', '--user', 'ada', '--label', 'box 7']);
    expect(made.code).toBe(0);
    const key = made.stdout.trim();
    expect(key).toMatch(/^[\w-]{40,}$/);
    expect(made.stderr).toContain('shown only now');
    const asAda = { env: { SWEEPD_API_KEY: key } };
    expect((await cli.run(['sweep', 'ls'], asAda)).code).toBe(0);
    for (const args of [['ls'], ['create', '--user', 'bob'], ['revoke', 'x']]) {
      const refused = await cli.run(['keys', ...args], asAda);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('the key of an admin')]);
    }
    const { items } = await cli.json<{ items: { id: string; user: string }[] }>('keys', 'ls');
    const ada = items.find(({ user }) => user === 'ada');
    expect(ada).toEqual({
      id: expect.any(String),
      user: 'ada',
      role: 'member',
      label: 'box 7',
      created_at: expect.any(String),
      revoked_at: null,
    });
    expect((await cli.run(['keys', 'revoke', ada?.id ?? ''])).stdout).toBe(`Key ${ada?.id} of ada is revoked.\n`);
    const revoked = await cli.run(['sweep', 'ls'], asAda);
    expect([revoked.code, revoked.stderr]).toEqual([1, expect.stringContaining('was revoked.\nGive a key')]);
  });

  it('the last admin key stays', async () => {
    const { items } = await cli.json<{ items: { id: string; role: string }[] }>('keys', 'ls');
    const admin = items.find(({ role }) => role === 'admin');
    const refused = await cli.run(['keys', 'revoke', admin?.id ?? '']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Make another first.')]);
  });
});

describe('which server, which key', () => {
  it('those of a data directory on this machine, unless the environment names others', async () => {
    const env = { SWEEPD_URL: '', SWEEPD_API_KEY: '' };
    const noKey = await cli.run(['sweep', 'ls', '--data', server.dataDirectory], { env });
    expect(noKey.stderr).toContain(`There is no API key for ${server.url}.`);
    const keyFile = cli.file('key', `${apiKey}\n`);
    const found = await cli.run(['sweep', 'ls', '--data', server.dataDirectory, '--key-file', keyFile], { env });
    expect(found.code).toBe(0);
  });

  it.each([
    [{ SWEEPD_URL: 'http://127.0.0.1:9' }, /does not answer.*\n.*sweepd serve/],
    [{ SWEEPD_URL: 'localhost:8080' }, /SWEEPD_URL must be a URL/],
    [{ SWEEPD_API_KEY: 'nobodys-key-0123456789012345678901234567890' }, /not known here.*\n.*--key-file/],
  ])('%o: says what to do', async (env, message) => {
    const { code, stderr, stdout } = await cli.run(['sweep', 'ls'], { env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    const asJson = await cli.run(['sweep', 'ls', '--json'], { env });
    expect(JSON.parse(asJson.stdout)).toEqual({
      error: {
        code: expect.any(String),
        message: expect.any(String),
        advice: expect.toBeOneOf([expect.any(String), null]),
        problems: [],
      },
    });
  });
});

describe('a shell that also works with the cloud', () => {
  const cloud = {
    WANDB_BASE_URL: 'https://api.wandb.ai',
    WANDB_API_KEY: 'of-the-cloud-012345678901234567890123456789',
  };

  it("reaches the directory's server, not the cloud", async () => {
    const env = { ...cloud, SWEEPD_URL: '', SWEEPD_DATA_DIR: server.dataDirectory };
    expect((await cli.run(['sweep', 'ls'], { env })).code).toBe(0);
  });

  it('can be had for the shell and for programs', async () => {
    const env = { SWEEPD_API_KEY: apiKey };
    const args = ['env', '--data', server.dataDirectory];
    const { stdout } = await cli.run(args, { env });
    expect(stdout).toBe(`export WANDB_BASE_URL=${server.url}\nexport WANDB_API_KEY=${apiKey}\n`);
    const json = await cli.run([...args, '--json'], { env });
    expect(JSON.parse(json.stdout)).toEqual({ WANDB_BASE_URL: server.url, WANDB_API_KEY: apiKey });
  });
});

describe('doctor', () => {
  it('finds nothing broken with a server, a key and its data', async () => {
    const { ok, findings } = await cli.json<{ ok: boolean; findings: { check: string; level: string }[] }>(
      'doctor',
      '--data',
      server.dataDirectory,
      '--server',
      server.url,
    );
    expect(ok).toBe(true);
    const levels = Object.fromEntries(findings.map(({ check, level }) => [check, level]));
    expect(levels).toMatchObject({ node: 'ok', database: 'ok', server: 'ok', ready: 'ok', clock: 'ok', key: 'ok' });
  });

  it('says what is broken, and ends with exit code 1', async () => {
    const { code, stdout } = await cli.run(['doctor'], {
      env: { SWEEPD_API_KEY: 'wrong', SWEEPD_DATA_DIR: '/nowhere' },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}key +from SWEEPD_API_KEY: .*\n +-> Use a key of this server/m);
    expect(stdout).toContain('1 thing is broken.');
  });
});
