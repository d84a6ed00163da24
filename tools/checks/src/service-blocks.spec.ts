import { allServices, ordersTopic, stockTopic, type ServiceContract } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { formatted } from './formatted.ts';
import { read } from './repository.ts';
import { serviceFiles, withServiceBlocks } from './service-blocks.ts';

const audit: ServiceContract = {
  ...{ name: 'audit', port: 3009, start: 'on-demand', needs: ['order', 'smtp'] },
  ...{ consumes: [ordersTopic], publishes: [stockTopic] },
};
const made = (block: string) =>
  withServiceBlocks(`${block}\nold\n${block.replace(/ services \w+/, ' /services')}\n`, [audit]);

describe('blocks that follow from the list of services', () => {
  it.each(serviceFiles)('of %s are up to date (else: npm run services)', async (file) => {
    const emptied = read(file).replaceAll(/^( *\S+ services \w+.*\n)[^]*?(^ *\S+ \/services)/gm, '$1$2');
    expect(emptied).not.toBe(read(file));
    expect(await formatted(file, withServiceBlocks(emptied, allServices))).toBe(read(file));
  });

  it('start a service that is on demand by its profile, and give it the URLs of what it needs', () => {
    const compose = made('  # services compose');
    expect(compose).toContain('\n  audit:\n    <<: *service\n    profiles: [audit]\n');
    expect(compose).toContain('\n      ORDER_URL: http://order:3000\n      SMTP_URL: smtp://mail:2525\n');
    expect(compose).not.toContain('DATABASE_URL');
    expect(compose).not.toContain('old');
  });

  it('make the database of a service only when it is missing, and let the service wait for that', () => {
    const withDatabase = { ...audit, database: 'audits' };
    const of = (block: string) =>
      withServiceBlocks(`${block}\n${block.replace(/ services \w+/, ' /services')}\n`, [withDatabase]);
    expect(of('-- services databases')).toContain("SELECT 'CREATE DATABASE audits'\n  WHERE NOT EXISTS (SELECT ");
    expect(of('# services compose')).toContain('    databases: { condition: service_completed_successfully }\n');
    expect(made('-- services databases')).not.toContain('CREATE');
  });

  it('name topics and ports', () => {
    expect(made('<!-- services table -->')).toContain('3009 | `orders.v1` | `stock.v1` | order, smtp |');
    expect(made('# services ports')).toContain('# AUDIT_PORT=3009');
  });

  it('refuse a name that is not there', () => {
    expect(() => made('-- services x')).toThrow('no block x');
  });
});
