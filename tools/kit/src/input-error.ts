/** An option, a file or an id can't be used. The message says why; nothing was sent. Exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}
