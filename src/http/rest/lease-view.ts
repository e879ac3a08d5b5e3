/** A run that was handed out, on the wire. */
import { isObject, jsonObject, parseJson } from '../../domain/json.ts';
import type { Leased } from '../../service/rest-agent.ts';
import { iso } from './fields.ts';

export function leaseView({ run, lease, parameters }: Leased) {
  const config = parseJson(parameters);
  return {
    run: {
      id: run.name,
      sweep_id: lease.sweepId,
      number: run.number ?? 0,
      attempt: run.attempt,
      config: isObject(config) ? config : jsonObject(),
    },
    lease: { token: lease.token, expires_at: iso(lease.expiresAt) },
  };
}
