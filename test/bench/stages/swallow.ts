// A store that keeps nothing: takes every body and answers 200. In a process of its own, so that it costs the stage no CPU.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  request.resume()
  request.on('end', () => response.writeHead(200, { etag: '"0"', 'content-length': '0' }).end())
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(typeof address === 'object' ? address?.port : address)
})
// Ends with the process that started it.
process.stdin.on('end', () => process.exit(0)).resume()
