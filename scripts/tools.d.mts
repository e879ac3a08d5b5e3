export interface Tools {
  python: string | null;
  wandb: string | null;
  redisServer: string | null;
  chromium: string | null;
}
export function readTools(): Tools;
export function writeTools(found: Partial<Tools>): void;
