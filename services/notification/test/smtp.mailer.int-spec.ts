import { RecordedSpans } from '@sluice/service-kit/testing';
import { SpanKind } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { SmtpMailer, type SmtpOptions } from '../src/adapters/smtp.mailer.ts';
import { MailQueue } from '../src/app/mail-queue.ts';
import { MailDeferred, MailRefused, ProviderFull, ProviderUnavailable } from '../src/domain/errors.ts';
import { aRequest, mailOf } from './builders.ts';
import { SmtpProvider, type ProviderOptions } from './smtp-provider.ts';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function aProvider(options: ProviderOptions = {}): Promise<SmtpProvider> {
  const provider = await SmtpProvider.start(options);
  closers.push(() => provider.stop());
  return provider;
}

function aMailer(url: string, options: Partial<SmtpOptions> = {}): SmtpMailer {
  const mailer = new SmtpMailer({ url, from: 'orders@sluice.local', timeoutMs: 5_000, ...options });
  closers.push(() => mailer.onApplicationShutdown());
  return mailer;
}

const failureOf = (sending: Promise<unknown>): Promise<unknown> =>
  sending.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('SmtpMailer', () => {
  it('sends a real mail with our Message-ID', async () => {
    const provider = await aProvider();
    const request = aRequest({ kind: 'order-rejected', reason: 'out-of-stock' });
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'congo=1' };
    const mail = mailOf({ ...request, ...trace });
    await aMailer(provider.url).send(mail);
    const [received] = provider.mails;
    expect(received).toMatchObject({ to: request.email, messageId: mail.messageId });
    expect(received?.raw).toContain('Subject: Order');
    expect(received?.raw).toContain('out-of-stock');
    for (const [name, value] of Object.entries(trace))
      expect(received?.raw.toLowerCase()).toContain(`${name}: ${value}`);
  });

  it('has a span for each mail of a sampled order in its trace, which the mail names, and nothing of the recipient', async () => {
    using spans = new RecordedSpans();
    const provider = await aProvider({ refuse: (address) => (address === 'bad@x.test' ? 550 : undefined) });
    const mailer = aMailer(provider.url);
    const [traceId, spanId] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
    const mailIn = (flags: string, email = 'good@x.test') =>
      mailOf({ ...aRequest({ email }), traceparent: `00-${traceId}-${spanId}-${flags}` });
    await mailer.send(mailIn('01'));
    await mailer.send(mailIn('00'));
    await failureOf(mailer.send(mailIn('01', 'bad@x.test')));

    const attributes = { 'server.address': '127.0.0.1', 'server.port': provider.port, 'network.protocol.name': 'smtp' };
    const [sent, refused] = spans.finished;
    expect(spans.finished).toHaveLength(2);
    for (const span of [sent, refused]) {
      expect(span).toMatchObject({ name: 'send mail', kind: SpanKind.CLIENT, parentSpanContext: { traceId, spanId } });
    }
    expect(sent?.attributes).toEqual(attributes);
    expect(refused).toMatchObject({ status: { code: 2 }, attributes: { ...attributes, 'error.type': 'mail-refused' } });
    expect(JSON.stringify([refused?.status, refused?.attributes, refused?.events])).not.toContain('x.test');
    const traceOf = (mail = 0) => /^traceparent: (.*?)\r?$/im.exec(provider.mails[mail]!.raw)?.[1];
    expect(traceOf(0)).toBe(`00-${traceId}-${sent?.spanContext().spanId}-01`);
    expect(traceOf(1)).toBe(`00-${traceId}-${spanId}-00`);
  });

  it('keeps to the slots of the provider, over connections that stay open', async () => {
    const provider = await aProvider({ slots: 4, latencyMs: 20 });
    const queue = new MailQueue(aMailer(provider.url), 4);
    const mails = Array.from({ length: 60 }, () => mailOf(aRequest()));
    await Promise.all(mails.map((mail, i) => queue.send(mail, { lane: i % 2 ? 'http' : 'kafka' })));
    expect(provider).toMatchObject({ refusals: 0, maxConcurrency: 4 });
    expect(new Set(provider.mails.map(({ messageId }) => messageId)).size).toBe(60);
  });

  it('takes a provider that is full, closed or silent for unavailable', async () => {
    const full = await aProvider({ slots: 0 });
    expect(await failureOf(aMailer(full.url).send(mailOf(aRequest())))).toMatchObject({
      kind: 'unavailable',
      outcomeUnknown: false,
    });
    const closed = aMailer('smtp://127.0.0.1:1');
    const refused = await failureOf(closed.send(mailOf(aRequest())));
    expect(refused).toBeInstanceOf(ProviderUnavailable);
    expect(refused).toMatchObject({ outcomeUnknown: false });
    expect(closed.providerIsUp).toBe(false);

    const silent = await aProvider({ latencyMs: 60_000 });
    const late = await failureOf(aMailer(silent.url, { timeoutMs: 200 }).send(mailOf(aRequest())));
    expect(late).toMatchObject({ kind: 'unavailable', outcomeUnknown: true });
  });

  it('tells a mail that is refused from one that is to be sent later, and goes on with the connection', async () => {
    const codes: Record<string, number> = { 'bad@x.test': 550, 'later@x.test': 450 };
    const provider = await aProvider({ refuse: (address) => codes[address] });
    const mailer = aMailer(provider.url);
    const about = (email: string) => mailOf(aRequest({ email }));
    expect(await failureOf(mailer.send(about('bad@x.test')))).toBeInstanceOf(MailRefused);
    expect(await failureOf(mailer.send(about('later@x.test')))).toBeInstanceOf(MailDeferred);
    expect(await failureOf(mailer.send(about('good@x.test')))).toBeUndefined();
    expect(mailer.providerIsUp).toBe(true);
  });

  it('sends on a new connection what finds its connection used up, for as many mails as there are', async () => {
    const provider = await aProvider({ mailsPerConnection: 2 });
    const mailer = aMailer(provider.url);
    // All connections are used up at the same time.
    for (let round = 0; round < 4; round += 1) {
      const sent = await Promise.all([1, 2, 3].map(() => failureOf(mailer.send(mailOf(aRequest())))));
      expect(sent).toEqual([undefined, undefined, undefined]);
    }
    expect(new Set(provider.mails.map(({ messageId }) => messageId)).size).toBe(12);
    expect(provider.mails).toHaveLength(12);
    expect(mailer.providerIsUp).toBe(true);
  });

  it('asks a provider that is full only once, and once more when the connection has carried mails', async () => {
    const provider = await aProvider({ slots: 0 });
    const mailer = aMailer(provider.url);
    expect(await failureOf(mailer.send(mailOf(aRequest())))).toBeInstanceOf(ProviderFull);
    expect(provider.refusals).toBe(1);
    provider.options = {};
    await mailer.send(mailOf(aRequest()));
    provider.options = { slots: 0 };
    expect(await failureOf(mailer.send(mailOf(aRequest())))).toBeInstanceOf(ProviderFull);
    expect(provider.refusals).toBe(3);
    expect(mailer.providerIsUp).toBe(true);
  });

  it('takes a connection for used up when it ends after as many mails as the last one, and else for full perhaps', async () => {
    const provider = await aProvider({ mailsPerConnection: 2 });
    const mailer = aMailer(provider.url);
    const mayBeFull = async (mails: number): Promise<boolean[]> => {
      const found: boolean[] = [];
      for (let i = 0; i < mails; i += 1) found.push((await mailer.send(mailOf(aRequest()))).mayBeFull);
      return found;
    };
    expect(await mayBeFull(7)).toEqual(Array(7).fill(false));
    provider.options = { mailsPerConnection: 1 };
    expect(await mayBeFull(1)).toEqual([true]);
    expect(await mayBeFull(3)).toEqual(Array(3).fill(false));
  });

  it('finds the slots of a provider, and sends each mail once', async () => {
    const provider = await aProvider({ slots: 6, latencyMs: 20 });
    const queue = new MailQueue(aMailer(provider.url), 64);
    const mails = Array.from({ length: 300 }, () => mailOf(aRequest()));
    await Promise.all(mails.map((mail) => queue.send(mail, { lane: 'kafka' })));
    expect(provider.maxConcurrency).toBe(6);
    expect(provider.refusals).toBeGreaterThan(0);
    expect(provider.mails.map(({ messageId }) => messageId).toSorted()).toEqual(
      mails.map(({ messageId }) => messageId).toSorted(),
    );
  });

  it('does not take a limit per connection for one of mails at a time', async () => {
    const provider = await aProvider({ mailsPerConnection: 3, latencyMs: 5 });
    const queue = new MailQueue(aMailer(provider.url), 16);
    const mails = Array.from({ length: 300 }, () => mailOf(aRequest()));
    await Promise.all(mails.map((mail) => queue.send(mail, { lane: 'kafka' })));
    expect(queue.limit).toBe(16);
    expect(provider.refusals).toBe(0);
    expect(new Set(provider.mails.map(({ messageId }) => messageId)).size).toBe(300);
    expect(provider.mails).toHaveLength(300);
  });

  it('makes one recipient of whatever an address contains', async () => {
    const provider = await aProvider();
    const mailer = aMailer(provider.url);
    const failure = await failureOf(mailer.send(mailOf(aRequest({ email: 'a@x.test, b@x.test' }))));
    expect(failure).toBeInstanceOf(MailRefused);
    expect(provider.mails).toEqual([]);
  });

  it('finds the provider again after it was restarted', async () => {
    const first = await SmtpProvider.start();
    const mailer = aMailer(first.url);
    await mailer.send(mailOf(aRequest()));
    const { port } = first;
    await first.stop();
    expect(await failureOf(mailer.send(mailOf(aRequest())))).toBeInstanceOf(ProviderUnavailable);
    const second = await aProvider({ port });
    await expect.poll(() => failureOf(mailer.send(mailOf(aRequest())))).toBeUndefined();
    expect(second.mails.length).toBeGreaterThan(0);
  });
});
