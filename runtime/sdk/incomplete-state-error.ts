/**
 * Ends a handler that has touched state which its call was sent without. The message is called again with that state, whatever
 * the handler does with this error.
 */
export class IncompleteStateError extends Error {
  constructor(what: string) {
    super(
      `${what} was sent in part, and this is not in it: the message runs again with what it lacks. Let this error pass`,
    )
    this.name = 'IncompleteStateError'
  }
}
