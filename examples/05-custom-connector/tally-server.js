// The service that the example talks to: logs of JSON objects in partitions, over TCP, a JSON request and a JSON answer a line.
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

export function startTallyServer(logs) {
  let connections = 0
  const partitionsOf = (log) => (logs[log] ??= [])
  const answer = (request) => {
    if ('sizes' in request) return partitionsOf(request.sizes).map((partition) => partition.length)
    if ('read' in request) return partitionsOf(request.read)[request.partition].slice(request.from, request.from + request.count)
    const partitions = partitionsOf(request.append)
    while (partitions.length <= request.partition) partitions.push([])
    partitions[request.partition].push(...request.objects)
    return request.objects.length
  }
  const server = createServer((socket) => {
    connections++
    socket.on('error', () => {})
    createInterface({ input: socket }).on('line', (line) => socket.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`))
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ port: server.address().port, logs, connections: () => connections, close: () => server.close() })
    })
  })
}
