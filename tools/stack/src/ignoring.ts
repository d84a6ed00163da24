/** For `catch`: throws every error again but those with one of these codes, of the system, a database or an answer. */
export function ignoring(...codes: (string | number)[]) {
  return (error: Error & { code?: string; statusCode?: number }): void => {
    if (!codes.includes(error.code ?? error.statusCode ?? '')) throw error;
  };
}
