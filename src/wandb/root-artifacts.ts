/**
 * Artifacts are not kept by this server. A GraphQL error at HTTP 200 is the soft refusal: the client logs it, the run goes on and
 * finishes; only `artifact.wait()` raises it in the user's program. (A 5xx would be retried for minutes and hold `finish()`.)
 */
import { softRefusal } from './soft-refusal.ts';

const refuse = () => {
  throw softRefusal('artifacts are not supported by this server');
};

export const artifactMutations = Object.fromEntries(
  [
    'createArtifact',
    'createArtifactManifest',
    'updateArtifactManifest',
    'createArtifactFiles',
    'commitArtifact',
    'updateArtifact',
    'useArtifact',
    'linkArtifact',
    'completeMultipartUploadArtifact',
    'createArtifactType',
    'deleteArtifact',
    'addAliases',
    'deleteAliases',
    'unlinkArtifact',
    'updateArtifactSequence',
    'updateArtifactPortfolio',
    'moveArtifactSequence',
    'deleteArtifactSequence',
    'deleteArtifactPortfolio',
    'createArtifactCollectionTagAssignments',
    'deleteArtifactCollectionTagAssignments',
  ].map((name) => [name, refuse]),
);
