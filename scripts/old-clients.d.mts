export interface OldClient {
  version: string;
  /** Its Python environment. */
  home: string;
  python: string;
  /** Its requirements file, from the repository's root. */
  requirements: string;
}
export const oldClients: OldClient[];
