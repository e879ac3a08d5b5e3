/** The GraphQL documents that the forwarder sends, in the form in which W&B's own client sends them. */

export const viewerQuery = 'query Viewer { viewer { id entity username } }';

export const findRunQuery = `query FindRun($entity: String, $project: String, $name: String!) {
  project(name: $project, entityName: $entity) { run(name: $name) { id } }
}`;

export const findSweepsQuery = `query FindSweeps($entity: String, $project: String, $after: String) {
  project(name: $project, entityName: $entity) {
    sweeps(first: 100, after: $after) { edges { node { id name description runCount } } pageInfo { endCursor hasNextPage } }
  }
}`;

export const upsertSweepMutation = `mutation UpsertSweep($id: ID, $config: String, $description: String, $entityName: String,
  $projectName: String, $displayName: String, $state: String) {
  upsertSweep(input: {id: $id, config: $config, description: $description, entityName: $entityName,
    projectName: $projectName, displayName: $displayName, state: $state}) { sweep { id name } }
}`;

export const deleteSweepMutation =
  'mutation DeleteSweep($id: ID!) { deleteSweep(input: {id: $id}) { clientMutationId } }';

export const upsertBucketMutation = `mutation UpsertBucket($id: String, $name: String, $project: String, $entity: String,
  $groupName: String, $displayName: String, $notes: String, $commit: String, $config: JSONString, $host: String,
  $program: String, $repo: String, $jobType: String, $sweep: String, $tags: [String!]) {
  upsertBucket(input: {id: $id, name: $name, groupName: $groupName, modelName: $project, entityName: $entity,
    displayName: $displayName, notes: $notes, config: $config, commit: $commit, host: $host, jobProgram: $program,
    jobRepo: $repo, jobType: $jobType, sweep: $sweep, tags: $tags}) {
    bucket { id name project { name entity { name } } }
  }
}`;

export const createFilesMutation = `mutation CreateRunFiles($entity: String!, $project: String!, $run: String!, $files: [String!]!) {
  createRunFiles(input: {entityName: $entity, projectName: $project, runName: $run, files: $files}) {
    runID uploadHeaders files { name uploadUrl }
  }
}`;

export const stopRunMutation = 'mutation StopRun($id: ID!) { stopRun(input: {id: $id}) { clientMutationId success } }';

export const runStateMutation =
  'mutation UpdateRunState($id: ID!, $state: String!) { updateRunState(input: {id: $id, state: $state}) { success } }';

export const alertMutation = `mutation NotifyScriptableRunAlert($entity: String!, $project: String!, $run: String!, $title: String!,
  $text: String!, $severity: AlertSeverity) {
  notifyScriptableRunAlert(input: {entityName: $entity, projectName: $project, runName: $run, title: $title, text: $text,
    severity: $severity}) { success }
}`;
