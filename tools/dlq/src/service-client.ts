import { NoAnswer, requestJson, UnexpectedStatus } from '@sluice/kit/request-json';
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

  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await this.#ask('GET', path));
  }

  async post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await this.#ask('POST', path, body));
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const url = `${this.#url}/admin/dead-letters${path}`;
    try {
      return await requestJson(method, url, { body, token: this.#token, timeoutMs });
    } catch (error) {
      if (error instanceof UnexpectedStatus) throw this.#refusal(error);
      if (!(error instanceof NoAnswer)) throw error;
      throw new Error(`${this.name} does not answer at ${this.#url}: ${error.reason}`, { cause: error });
    }
  }

  #refusal({ status, body }: UnexpectedStatus): Refused {
    const { detail = `status ${status}`, code = 'unknown' } = problem.safeParse(body).data ?? {};
    return new Refused(`${this.name}: ${detail}`, code);
  }
}
