import { describe, expect, it } from 'vitest';
import { aRequest } from '../../test/builders.ts';
import { mailAbout } from './mail.ts';

const orderId = '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e11';

describe('mailAbout', () => {
  it('names the order and its total, under an id that order and kind decide', () => {
    const mail = mailAbout(aRequest({ orderId, kind: 'order-confirmed', totalCents: 2034, currency: 'GBP' }));
    expect(mail).toMatchObject({
      messageId: `<${orderId}.order-confirmed@sluice.local>`,
      subject: `Order ${orderId} confirmed: 20.34 GBP`,
    });
    expect(mail.text).toContain('20.34 GBP');
    expect(mail.text).not.toContain('Reason');
  });

  it('says why an order was rejected', () => {
    expect(mailAbout(aRequest({ kind: 'order-rejected', reason: 'out-of-stock' })).text).toContain('out-of-stock');
  });
});
