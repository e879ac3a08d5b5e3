/** What all commands' help texts share. */

/** The lines under a command's options. */
export const examples = (...lines: string[]): string => `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
