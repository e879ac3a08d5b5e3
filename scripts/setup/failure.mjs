/** Why set-up stops: what is wrong, the command that puts it right, and the end of the log that shows it. */
export class SetupFailure extends Error {
  constructor(message, { command, log } = {}) {
    super(message);
    this.command = command;
    this.log = log;
  }
}
