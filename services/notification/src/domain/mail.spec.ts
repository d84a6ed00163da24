import { describe, expect, it } from 'vitest';
import { aRequest } from '../../test/builders.ts';
import { mailAbout } from './mail.ts';

const orderId = '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e11';

describe('mailAbout', () => {
  it('names the order and its total', () => {
    const request = aRequest({ orderId, kind: 'order-confirmed', totalCents: 2034, currency: 'GBP' });
    const mail = mailAbout(request, '<1@x.test>');
    expect(mail).toMatchObject({
      messageId: '<1@x.test>',
      subject: `Order ${orderId} confirmed: 20.34 GBP`,
    });
    expect(mail.text).toContain('20.34 GBP');
    expect(mail.text).not.toContain('Reason');
  });

  it.each([
    ['JPY', 1999, '1999 JPY'],
    ['KWD', 1999, '1.999 KWD'],
    ['IQD', 5, '0.005 IQD'],
    ['CLF', 19_999, '1.9999 CLF'],
    ['EUR', 0, '0.00 EUR'],
    ['EUR', Number.MAX_SAFE_INTEGER, '90071992547409.91 EUR'],
  ])('gives an amount the decimals of its currency: %s', (currency, totalCents, amount) => {
    const { subject, text } = mailAbout(aRequest({ currency, totalCents }), '<1@x.test>');
    expect(subject).toMatch(new RegExp(`: ${amount}$`));
    expect(text).toContain(`over ${amount} is`);
  });

  it('says why an order was rejected', () => {
    expect(mailAbout(aRequest({ kind: 'order-rejected', reason: 'out-of-stock' }), '<1@x.test>').text).toContain(
      'out-of-stock',
    );
  });
});
