export type { ClientOptions, Fetch } from './client-options.ts'
export { type Client, connect, type SendOptions } from './connect.ts'
