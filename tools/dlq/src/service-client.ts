import type { z } from 'zod';
import { problem } from './routes.ts';

/** A replay call takes up to 20 s, and reading many letters may take as long. */
const timeoutMs = 120_000;

/** A service refused; `code` is the problem's. */
export class Refused extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

/** The dead-letter routes of one service. */
export class ServiceClient {
  readonly name: string;
  readonly #url: string;
  readonly #token: string;

  constructor(name: string, url: string, token: string) {
    this.name = name;
    this.#url = url;
    this.#token = token;
  }

  get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#ask(path, schema, {});
  }

  post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#ask(path, schema, { method: 'POST', body: JSON.stringify(body), headers });
  }

  async #ask<T>(path: string, schema: z.ZodType<T>, init: RequestInit): Promise<T> {
    const headers = { ...init.headers, authorization: `Bearer ${this.#token}` };
    const signal = AbortSignal.timeout(timeoutMs);
    const url = `${this.#url}/admin/dead-letters${path}`;
    const response = await fetch(url, { ...init, headers, signal }).catch((error: unknown) => {
      throw new Error(`${this.name} does not answer at ${this.#url}: ${reasonOf(error)}`, { cause: error });
    });
    const body: unknown = await response.json();
    if (response.ok) return schema.parse(body);
    const refusal = problem.safeParse(body).data;
    throw new Refused(`${this.name}: ${refusal?.detail ?? `status ${response.status}`}`, refusal?.code ?? 'unknown');
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
