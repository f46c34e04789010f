import { typeOf } from './schema-type.ts'
import type { Of, Type, Typed } from './type.ts'

/** A topic, by the name that the application file gives it, and what its records' values are. */
export interface Egress<T> {
  readonly name: string
  readonly type: Type<unknown>
  readonly value?: T
}

/** @example export const alerts = egress('alerts', Alert) */
export const egress = <S extends Typed>(name: string, type: S): Egress<Of<S>> => ({ name, type: typeOf(type, name) })
