export interface JsonRequest {
  body?: unknown;
  /** For `Authorization: Bearer`. */
  token?: string;
  /** Default: 10 s. */
  timeoutMs?: number;
}

/** The server answered with a status that isn't 2xx. */
export class UnexpectedStatus extends Error {
  readonly status: number;
  /** `undefined` when it isn't JSON. */
  readonly body: unknown;

  constructor(request: string, status: number, text: string) {
    super(`${request} answered ${status}: ${text.slice(0, 300)}`);
    this.status = status;
    this.body = parsed(text);
  }
}

/** No connection, or no answer in time. */
export class NoAnswer extends Error {
  readonly reason: string;

  constructor(request: string, cause: unknown) {
    const reason = reasonOf(cause);
    super(`${request} got no answer: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** A request of a tool itself, not of its load: JSON both ways. Rejects with `UnexpectedStatus` or `NoAnswer`. */
export async function requestJson(
  method: string,
  url: string,
  { body, token, timeoutMs = 10_000 }: JsonRequest = {},
): Promise<unknown> {
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const signal = AbortSignal.timeout(timeoutMs);
  const request = `${method} ${url}`;
  const response = await fetch(url, { method, headers, signal, body: JSON.stringify(body) }).catch((error: unknown) => {
    throw new NoAnswer(request, error);
  });
  const text = await response.text();
  if (!response.ok) throw new UnexpectedStatus(request, response.status, text);
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
