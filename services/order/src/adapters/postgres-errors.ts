/** Whether it is a violation of one of these unique indexes or constraints. */
export function violates(error: unknown, names: RegExp): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== '23505') return false;
  return 'constraint' in error && names.test(String(error.constraint));
}
