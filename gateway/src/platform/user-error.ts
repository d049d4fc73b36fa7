/**
 * Something the operator can mend: a taken port, an unreadable file. The message is one sentence that says what and
 * where; the command line prints it without a stack and exits with code 1.
 */
export class UserError extends Error {
  constructor(sentence: string, options?: ErrorOptions) {
    super(sentence, options)
    this.name = 'UserError'
  }
}
