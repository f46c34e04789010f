import type { Implementation } from './actor.ts'
import type { Type } from './type.ts'

/** The same functions, whose writes to state and whose replies are read back, which validates them. */
export const withCheckedWrites = (implementation: Implementation): Implementation => {
  const { contract } = implementation
  const messages = [...contract.messages].map(
    ([name, message]) => [name, { ...message, replyType: message.replyType && checked(message.replyType) }] as const,
  )
  const states = contract.states.map((state) => ({
    ...state,
    type: checked(state.type),
    keyType: state.keyType && checked(state.keyType),
  }))
  return { ...implementation, contract: { ...contract, states, messages: new Map(messages) } }
}

const checked = (type: Type<unknown>): Type<unknown> => ({
  ...type,
  encode(value) {
    const bytes = type.encode(value)
    type.decode(bytes)
    return bytes
  },
})
