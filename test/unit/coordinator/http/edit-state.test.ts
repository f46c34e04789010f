import { expect, test } from 'vitest'
import { editMutations } from '../../../../runtime/coordinator/http/edit-state.ts'
import { utf8Encode } from '../../../../runtime/model/bytes.ts'
import { FunctionTable } from '../../../../runtime/shard/function-table.ts'

const table = new FunctionTable(0, 'bank/account')
for (const name of ['balance', 'balance@2', 'custom'])
  table.states.push({ name, kind: 'value', typename: 'bank/own', keyTypename: undefined })
table.successors[0] = 1
const edit = (state: string, kept: number | undefined, bytes = utf8Encode('1')) =>
  editMutations(table, { state, value: 5 }, (ordinal) =>
    ordinal === kept ? { kind: 'value', value: bytes } : undefined,
  )[0]

test('a state is written under the version under which it is kept, else under that of the code', () => {
  expect(edit('balance', 0)).toMatchObject({ op: 'set', state: 0 })
  expect(edit('balance', 1)).toMatchObject({ op: 'set', state: 1 })
  expect(edit('balance', undefined)).toMatchObject({ op: 'set', state: 1 })
})

test('JSON is refused for a type of one’s own whose values are none', () => {
  expect(edit('custom', 2)).toMatchObject({ op: 'set', value: utf8Encode('5') })
  expect(() => edit('custom', 2, Uint8Array.of(0xff))).toThrow('{"base64": "…"}')
})
