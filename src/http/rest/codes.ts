/** Every `code` that an error of the REST API may carry: clients decide by them, so a code never changes its meaning. */

export const errorCodes = {
  invalid_request: { status: 400, meaning: 'A field is missing or has the wrong form; `problems` names each one.' },
  invalid_json: { status: 400, meaning: 'The body is not JSON; the message names line and column.' },
  invalid_config: {
    status: 400,
    meaning:
      'The sweep config was refused and nothing was stored; `problems` has path, and line and column where a text was sent.',
  },
  invalid_cursor: { status: 400, meaning: 'The cursor was not given out by this list.' },
  invalid_bundle: {
    status: 400,
    meaning: 'The file is no whole bundle; the runs that were whole are there.',
  },
  search_is_fixed: {
    status: 400,
    meaning: 'The sweep has runs: method, parameters, metric name and goal cannot change any more.',
  },
  bad_request: { status: 400, meaning: 'The HTTP request itself is malformed.' },
  missing_key: { status: 401, meaning: 'No `Authorization: Bearer KEY`.' },
  unknown_key: { status: 401, meaning: 'The key is not known to this server.' },
  revoked_key: { status: 401, meaning: 'The key was revoked.' },
  admin_only: { status: 403, meaning: 'This needs the key of an admin.' },
  sweep_not_found: { status: 404, meaning: 'There is no such sweep.' },
  run_not_found: { status: 404, meaning: 'There is no such run, or the token is not one of its leases.' },
  project_not_found: { status: 404, meaning: 'There is no such project.' },
  key_not_found: { status: 404, meaning: 'There is no key of this id.' },
  engine_op_not_found: { status: 404, meaning: 'The engine has no such op.' },
  share_not_found: { status: 404, meaning: 'Nothing is set for this user or team.' },
  no_such_route: { status: 404, meaning: 'There is nothing at this path, or not with this method.' },
  wrong_transition: { status: 409, meaning: 'The sweep cannot go from the state it is in to the one asked for.' },
  lease_lost: {
    status: 409,
    meaning: 'The lease ran out and the point was handed to another run: stop working on this run, ask for the next.',
  },
  offset_gap: { status: 409, meaning: 'Rows before `offset` are missing; the message names the row that comes next.' },
  no_metric: { status: 409, meaning: 'The sweep names no metric, so there is nothing to judge its runs by.' },
  too_few_runs: { status: 409, meaning: 'Too few runs have ended with a value for what was asked.' },
  ambiguous_run: { status: 409, meaning: 'Several projects have a run of this name: add `?project=entity/name`.' },
  last_admin_key: {
    status: 409,
    meaning: 'It is the last admin key that is valid: nobody could make another. Make one first.',
  },
  body_too_large: {
    status: 413,
    meaning: 'The body is larger than this route takes: metrics 16 MiB, all others 4 MiB.',
  },
  unsupported_media_type: {
    status: 415,
    meaning: 'The body is neither `application/json` nor `application/yaml`, or it is compressed.',
  },
  internal: { status: 500, meaning: 'A fault of the server; the message names the entry in its log.' },
  storage_failed: { status: 503, meaning: 'The disk did not take the write; nothing was stored. Send it again.' },
  closing: { status: 503, meaning: 'The server is stopping. Send it again.' },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;
