import { once } from 'node:events'
import { connect } from 'node:net'

/** Resolves when somebody listens on the port. There is no event for it where a program says nothing. */
export const listens = async (port: number, alive: () => boolean): Promise<void> => {
  while (alive()) {
    const socket = connect({ port, host: '127.0.0.1' })
    const reached = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
    ])
    socket.destroy()
    if (reached) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
