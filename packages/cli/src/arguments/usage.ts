/** The command line cannot be understood. Ends the command with exit code 2. */
export class UsageError extends Error {
  constructor(
    message: string,
    /** The help to be shown before the message, when it serves. */
    readonly help?: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}
