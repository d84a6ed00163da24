/** Of HTTP/1.1, without the blank line, so that lines of a single request can follow. */
export function requestHead(
  method: string,
  { host, pathname, search }: URL,
  headers: Record<string, string> = {},
): string {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}`;
}

/** The end of a head, and the body. */
export function withLength(body: string): string {
  return `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
