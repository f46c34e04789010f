import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, expect, test } from 'vitest'
import { jsonOf } from '../../../../runtime/coordinator/savepoints.ts'
import { copySavepoint } from '../../../../runtime/log/savepoint/copy-savepoint.ts'
import { listSavepoints } from '../../../../runtime/log/savepoint/list-savepoints.ts'
import { SavepointFolder } from '../../../../runtime/log/savepoint/savepoint-folder.ts'
import { systemClock } from '../../../../runtime/platform/system-clock.ts'
import { LaneMessage } from '../../../../runtime/shard/lane.ts'
import { Shard } from '../../../../runtime/shard/shard.ts'
import { plainDirectory } from '../../../../runtime/storage/plain-directory.ts'
import { survives } from '../../shard/model.ts'
import { folderIn, loaded, saved } from './samples.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-savepoint-'))
afterAll(() => rmSync(directory, { recursive: true }))

const intOf = (value: number): Uint8Array => {
  const bytes = new Uint8Array(5)
  bytes[0] = 0x0d
  new DataView(bytes.buffer).setInt32(1, value, true)
  return bytes
}

/** 30 accounts with a balance and 3 entries each, 7 shops with a list of 2. */
const bank = (): Shard => {
  const shard = new Shard()
  const int = 'io.statefun.types/int'
  const account = shard.declareFunction('bank/account')
  shard.declareState(account, { name: 'balance', kind: 'value', typename: int, keyTypename: undefined })
  shard.declareState(account, { name: 'byShop', kind: 'map', typename: int, keyTypename: int })
  const shop = shard.declareFunction('bank/shop')
  shard.declareState(shop, { name: 'sales', kind: 'list', typename: int, keyTypename: undefined })
  for (let i = 0; i < 30; i++) {
    const actor = shard.actor(account, `a${i}`)
    shard.mutate(actor, [{ op: 'set', state: 0, value: intOf(i) }])
    for (let j = 0; j < 3; j++) shard.mutate(actor, [{ op: 'put', state: 1, key: intOf(j), value: intOf(i * j) }])
  }
  for (let i = 0; i < 7; i++) {
    const actor = shard.actor(shop, `s${i}`)
    for (let j = 0; j < 2; j++) shard.mutate(actor, [{ op: 'append', state: 0, value: intOf(j) }])
    shard.expireAt(actor, 0, Date.UTC(2027, 0, 1))
    shard.enqueue(new LaneMessage(actor, 'sell', intOf(i), { messageId: `m${i}` }))
  }
  shard.journalArrivals()
  return shard
}

test('a savepoint is copied to a directory and read there by DuckDB: state by function, values, messages', async () => {
  const shard = bank()
  const { folder } = folderIn()
  await saved([shard], folder, { toJson: jsonOf })
  const copy = new SavepointFolder(plainDirectory(directory), systemClock, 'nightly')
  await copySavepoint(folder, copy)
  await expect(copySavepoint(folder, copy)).rejects.toMatchObject({ code: 'SAVEPOINT_EXISTS' })
  expect(survives((await loaded(copy)).shard)).toEqual(survives(shard))

  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const ask = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson()
  const state = `read_parquet('${directory}/nightly/state-*.parquet')`
  expect(
    await ask(
      `select namespace, name, state, count(distinct id)::int, count(*)::int from ${state} group by all order by all`,
    ),
  ).toEqual([
    ['bank', 'account', 'balance', 30, 30],
    ['bank', 'account', 'byShop', 30, 90],
    ['bank', 'shop', 'sales', 7, 14],
  ])
  expect(await ask(`select sum(value_json::int)::int from ${state} where state = 'balance'`)).toEqual([[435]])
  expect(
    await ask(`select map_key_json, value_json from ${state} where id = 'a7' and state = 'byShop' order by 1`),
  ).toEqual([
    ['0', '0'],
    ['1', '7'],
    ['2', '14'],
  ])
  expect(await ask(`select distinct expires_at from ${state} where expires_at is not null`)).toEqual([
    ['2027-01-01 00:00:00'],
  ])
  const messages = `read_parquet('${directory}/nightly/messages.parquet')`
  expect(await ask(`select count(*)::int, min(message), max(message_id) from ${messages}`)).toEqual([[7, 'sell', 'm6']])
  expect(await ask(`select count(*)::int from read_parquet('${directory}/nightly/timers.parquet')`)).toEqual([[0]])
})

test('the list tells of what is whole, of what is damaged, and not of what was never finished', async () => {
  const { store, folder } = folderIn()
  await saved([bank()], folder)
  await saved([bank()], new SavepointFolder(store, systemClock, 'u/savepoints/b'))
  await store.put('u/savepoints/b/savepoint.json', Uint8Array.of(1))
  await store.put('u/savepoints/c/state-0001.parquet', Uint8Array.of(1))
  const found = await listSavepoints(store, systemClock, 'u/savepoints/')
  expect(found).toMatchObject([
    { name: 'b', description: undefined, problem: expect.stringContaining('b/savepoint.json cannot be read') },
    { name: 'nightly', description: { application: 'bank' }, problem: undefined },
  ])
  expect(found[1]!.bytes).toBeGreaterThan(1_000)
})
