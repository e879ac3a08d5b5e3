/** What goes upstream, and under which names: projects on or off and mapped, config keys redacted, metrics on an allow-list. */
import { isObject, type JsonObject, type JsonValue, jsonObject, parseJson, writeJson } from '../../domain/json.ts';
import type { ProjectRow } from '../../store/views/views.ts';

export interface ProjectRule {
  /** `project`, `entity/project`, or either with `*`. */
  from: string;
  /** `project` or `entity/project` upstream; true: the same name; false: not forwarded. */
  to: string | boolean;
}

export interface PolicySettings {
  /** The entity upstream; null: the default one of the key. */
  entity: string | null;
  /** The first rule that fits decides; without one the project goes upstream under its own name. */
  projects: readonly ProjectRule[];
  /** Config keys whose values stay here; `*` stands for anything. */
  redact: readonly string[];
  /** Metrics that go upstream, `*` as above; null: all. */
  metrics: readonly string[] | null;
}

export interface Destination {
  /** Null: the default one of the key. */
  entity: string | null;
  project: string;
}

export interface Policy {
  destinationOf(project: Pick<ProjectRow, 'entity' | 'name'>): Destination | null;
  /** A run's config, `{name: {value}}`. */
  runConfig(text: string): string;
  /** A sweep's config: redacted parameters keep their name only. */
  sweepConfig(document: JsonObject): JsonObject;
  /** A history row or a summary, reduced to the metrics that may go; the client's own keys (`_step`) always may. */
  metrics(text: string): string;
  /** Whether a run file may go: some repeat the config or the metrics. @param allowedMedia paths that allowed metrics name */
  mayForwardFile(name: string, allowedMedia: () => ReadonlySet<string>): boolean;
  /** The same for the same settings. */
  readonly fingerprint: string;
}

/** What stands for a value that stays here. */
export const redacted = '[redacted]';

export function createPolicy(settings: PolicySettings): Policy {
  const rules = settings.projects.map(({ from, to }) => ({ fits: matcher([from]), isFull: from.includes('/'), to }));
  const isSecret = matcher(settings.redact);
  const isAllowed = settings.metrics === null ? null : matcher(settings.metrics);
  const hasSecrets = settings.redact.length > 0;
  return {
    fingerprint: JSON.stringify(settings),
    destinationOf({ entity, name }) {
      const rule = rules.find(({ fits, isFull }) => fits(isFull ? `${entity}/${name}` : name));
      const to = rule?.to ?? true;
      if (to === false) return null;
      if (to === true) return { entity: settings.entity, project: name };
      const slash = to.indexOf('/');
      if (slash < 0) return { entity: settings.entity, project: to };
      const project = to.slice(slash + 1);
      return { entity: to.slice(0, slash), project: project === '*' ? name : project };
    },
    runConfig(text) {
      if (!hasSecrets) return text;
      return rewrite(text, (config) =>
        entries(config, (key, value) => {
          if (key === '_wandb') return withoutArguments(value);
          return isSecret(key) ? jsonObject([['value', redacted]]) : redactInside(key, value, isSecret);
        }),
      );
    },
    sweepConfig(document) {
      if (!hasSecrets) return document;
      return redactParameters(document, '', isSecret);
    },
    metrics(text) {
      if (isAllowed === null) return text;
      return rewrite(text, (row) =>
        jsonObject(Object.entries(row).filter(([key]) => key.startsWith('_') || isAllowed(key))),
      );
    },
    mayForwardFile(name, allowedMedia) {
      // The client's own copies of the config, the command line and the summary.
      if (hasSecrets && (name === 'config.yaml' || name === 'wandb-metadata.json')) return false;
      if (isAllowed === null) return true;
      if (name === 'wandb-summary.json') return false;
      return !name.startsWith('media/') || allowedMedia().has(name);
    },
  };
}

/** Names that rows and summaries give to the files of their media. */
export function mediaPaths(text: string, found: Set<string>): void {
  if (!text.includes('"media/')) return;
  const collect = (value: JsonValue | undefined): void => {
    if (typeof value === 'string') {
      if (value.startsWith('media/')) found.add(value);
    } else if (Array.isArray(value)) value.forEach(collect);
    else if (isObject(value)) Object.values(value).forEach(collect);
  };
  try {
    collect(parseJson(text));
  } catch {
    // A line that is no JSON names nothing.
  }
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const parts = patterns.map((pattern) =>
    pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
  );
  const tests = parts.map((texts) => new RegExp(`^${texts.join('.*')}$`, 's'));
  return (name) => tests.some((test) => test.test(name));
}

/** Text that is no JSON object has no keys to look at: it stays here. */
function rewrite(text: string, change: (object: JsonObject) => JsonObject): string {
  try {
    const value = parseJson(text);
    return isObject(value) ? writeJson(change(value)) : '{}';
  } catch {
    return '{}';
  }
}

const entries = (object: JsonObject, change: (key: string, value: JsonValue) => JsonValue): JsonObject =>
  jsonObject(Object.entries(object).map(([key, value]) => [key, change(key, value)] as const));

/** Keys below the first level, by their dotted path. */
function redactInside(path: string, value: JsonValue, isSecret: (key: string) => boolean): JsonValue {
  if (!isObject(value)) return value;
  return entries(value, (key, item) => {
    const inner = key === 'value' && !path.includes('.') ? path : `${path}.${key}`;
    return inner !== path && isSecret(inner) ? redacted : redactInside(inner, item, isSecret);
  });
}

/** A sweep's parameters, nested ones by their dotted path. */
function redactParameters(holder: JsonObject, path: string, isSecret: (key: string) => boolean): JsonObject {
  const { parameters } = holder;
  if (!isObject(parameters)) return holder;
  const kept = entries(parameters, (name, parameter) => {
    const full = `${path}${name}`;
    if (isSecret(full)) return jsonObject([['value', redacted]]);
    return isObject(parameter) ? redactParameters(parameter, `${full}.`, isSecret) : parameter;
  });
  return jsonObject([...Object.entries(holder), ['parameters', kept]]);
}

/** The client notes the program's command line, which may name the values. */
function withoutArguments(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutArguments);
  if (!isObject(value)) return value;
  return jsonObject(
    Object.entries(value)
      .filter(([key]) => key !== 'args')
      .map(([key, item]) => [key, withoutArguments(item)] as const),
  );
}
