import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { catalogue } from '../../src/providers/catalogue.ts';

const actions = [...catalogue.actions.values()];

describe('the catalogue', () => {
  it('lists everything that a drill file may name', () => {
    expect([...catalogue.actions.keys()].sort()).toEqual([
      'azure/backup.restore-disks',
      'azure/backup.restore-machine',
      'azure/backup.trigger',
      'azure/dns.record',
      'azure/machine.start',
      'azure/machine.stop',
      'azure/network.isolate',
      'azure/postgresql.promote',
      'azure/postgresql.replica',
      'azure/postgresql.restart',
      'azure/postgresql.restore',
      'azure/resourcegroup.create',
      'azure/resourcegroup.delete',
      'azure/siterecovery.commit',
      'azure/siterecovery.failover',
      'azure/siterecovery.reprotect',
      'azure/siterecovery.test-failover',
      'azure/storage.failover',
      'azure/storage.point-in-time-restore',
      'azure/storage.replication',
      'azure/trafficmanager.endpoint',
      'backup/assert',
      'blob/assert',
      'blob/compare',
      'dns/assert',
      'drill/run',
      'fault/faulty-release',
      'fault/region-outage',
      'http/assert',
      'postgres/access',
      'postgres/assert',
      'postgres/compare',
      'reconcile/assert',
      'resource/assert',
      'runbook/page',
      'script/run',
      'tcp/assert',
      'tls/assert',
    ]);
    expect([...catalogue.probes.keys()]).toEqual(['http/probe', 'postgres/probe']);
    expect([...catalogue.canaries.keys()]).toEqual(['postgres/canary', 'blob/canary']);
  });

  it.each(actions)('describes $name for people and programs', (action) => {
    expect(action.title).toMatch(/^[A-Z].{8,}[^.]$/);
    expect(action.forecast.typicalMs).toBeGreaterThan(0);
    expect(
      action.permissions.every((permission) => /^Microsoft\.\w+\/[\w/]+\/(read|write|delete|action)$/.test(permission)),
    ).toBe(true);
    expect(z.toJSONSchema(action.input, { io: 'input' })).toMatchObject({
      type: 'object',
      additionalProperties: false,
    });
  });

  it.each(actions)('lets $name be taken back if and only if it says so', (action) => {
    // What the way back makes the service remove is waited for, and taken back by nobody.
    const isWaitedFor = action.undo === 'failback' && action.creates !== undefined;
    expect(action.takeBack !== undefined).toBe(action.undo === 'reversible' || isWaitedFor);
    if (action.changesDataRoles) expect(action.undo).toBe('failback');
    if (action.kind === 'check') expect(action.undo).toBe('nothing-to-undo');
  });

  it.each(actions.filter(({ kind }) => kind === 'fault'))('lets $name say what it can reach', ({ reach }) => {
    expect(reach).toBeTypeOf('function');
  });

  it('promotes nothing without a way back', () => {
    const promote = catalogue.actions.get('azure/postgresql.promote');
    expect(promote).toMatchObject({ undo: 'failback', changesDataRoles: true, kind: 'write' });
  });
});
