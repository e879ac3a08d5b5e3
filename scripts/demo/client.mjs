// How the demo looks at its sweep: the same GraphQL that W&B's client speaks.
const query = `query Demo($entity: String, $project: String, $sweep: String!) {
  project(name: $project, entityName: $entity) {
    sweep(sweepName: $sweep) { state runs { edges { node { name displayName state config summaryMetrics historyLineCount } } } }
  }
}`;

export function connect({ url, apiKey }) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WANDB_')));
  return {
    /** What a user sets, and nothing of an earlier set-up of theirs. */
    environment: { ...inherited, WANDB_BASE_URL: url, WANDB_API_KEY: apiKey },
    /** @returns {{state, runs: {name, displayName, state, parameters, summary, rows}[]}} */
    async look([entity, project, sweep]) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables: { entity, project, sweep } }),
      });
      const found = (await response.json()).data.project.sweep;
      return {
        state: found.state,
        runs: found.runs.edges.map(({ node }) => ({
          name: node.name,
          displayName: node.displayName,
          state: node.state,
          parameters: parametersOf(node.config),
          summary: tolerant(node.summaryMetrics),
          rows: node.historyLineCount,
        })),
      };
    },
  };
}

// A summary may hold bare NaN, which JSON does not know.
const tolerant = (text) => JSON.parse(text.replace(/(?<=[:[,]\s*)(NaN|-?Infinity)(?=\s*[,}\]])/g, 'null'));

function parametersOf(config) {
  const entries = Object.entries(tolerant(config)).filter(([name]) => name !== '_wandb');
  return Object.fromEntries(entries.map(([name, entry]) => [name, entry.value]));
}
