import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findHost } from '../../src/providers/hosts.ts';
import { buildWorld, ENDPOINT, rejection } from './world-builder.ts';

const at = (host: string) => ({ host, port: 5432 });
const known = { connection: { hosts: { 'one.example': { host: '127.0.0.1', port: 1 } } } };
const find = (host: string, world = buildWorld(known)) => findHost(world, at(host), AbortSignal.timeout(5000));
const hosts = (body: nock.Body, status = 200) => nock(ENDPOINT).get('/twin/hosts').reply(status, body);

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

describe('where a host name of a running world is reached', () => {
  it('is what the twin said when it came up, without asking again', async () => {
    expect(await find('One.Example')).toEqual({ host: '127.0.0.1', port: 1 });
  });

  it('is asked of the twin, each time anew, for a server that it made later', async () => {
    hosts({ 'two.example': { host: '127.0.0.1', port: 2 } });
    expect(await find('two.example')).toEqual({ host: '127.0.0.1', port: 2 });
    hosts({ 'two.example': { host: '127.0.0.1', port: 3 } });
    expect(await find('two.example')).toEqual({ host: '127.0.0.1', port: 3 });
  });

  it('is the name itself when the twin does not know it either, and on Azure, and for an address', async () => {
    hosts({});
    expect(await find('three.example')).toEqual(at('three.example'));
    expect(await find('two.example', buildWorld({ kind: 'azure' }))).toEqual(at('two.example'));
    expect(await find('127.0.0.9')).toEqual(at('127.0.0.9'));
  });

  it('is an error when the twin answers with something else', async () => {
    hosts({ 'two.example': 'here' });
    expect(await rejection(find('two.example'))).toMatchObject({ code: 'answer-invalid' });
  });
});
