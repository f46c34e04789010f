import { testApplication } from 'millrace/testing'
import { expect, it } from 'vitest'
import { airport, airportHandlers } from './airport.ts'
import { alerts } from './alerts.ts'
import { connection, connectionHandlers } from './connection.ts'

const open = () => testApplication([airportHandlers, connectionHandlers], { egress: [alerts] })

const flights = (delays: readonly number[]) =>
  delays.map((delay, i) =>
    airport.at('ORD').departed({
      date: `2001-01-01T00:${String(i).padStart(2, '0')}`,
      delay,
      distance: 599,
      origin: 'ORD',
      destination: i % 2 === 0 ? 'ATL' : 'DFW',
    }),
  )

it('raises one alert at a mean of 60 minutes over 20 departures, and takes it back below 30', async () => {
  await using app = open()
  const about = async (delays: readonly number[]) => {
    for (const flight of flights(delays)) await app.send(flight)
    return app.takeEmitted(alerts).map(({ value }) => [value?.state, value?.meanDelay, value?.departure])
  }
  expect(await about(Array<number>(19).fill(60))).toEqual([])
  expect(await about([60])).toEqual([['late', 60, 20]])
  expect(await about([0, 200, 0, 200])).toEqual([])
  expect(await about(Array<number>(12).fill(0))).toEqual([])
  expect(await about([0, 0])).toEqual([['recovered', 29, 37]])
})

it('keeps statistics by destination, and tells connections of delayed flights', async () => {
  await using app = open()
  for (const flight of flights([14, 15, -3, 40])) await app.send(flight)
  const state = app.state(airport.at('ORD'))
  expect(state).toMatchObject({ departures: 4, delaySum: 66, delayMax: 40, recent: [14, 15, -3, 40] })
  expect(Object.fromEntries(state.destinations)).toEqual({
    ATL: { flights: 2, minutes: 11 },
    DFW: { flights: 2, minutes: 55 },
  })
  expect(app.state(connection.at('ORD-DFW'))).toMatchObject({ delayed: 2, minutes: 55, worst: { minutes: 40 } })
  expect(app.state(connection.at('ORD-ATL')).delayed).toBe(0)
})
