import { createKeyring, deriveKeys, type Keyring } from '../../gateway/src/platform/keys.ts'

/** @param seed another one: keys of another deployment */
export const testKeys = (seed = 1): Keyring => createKeyring([keySet(1, seed)], 1)

/** As `testKeys`, after so many rotations. */
export const rotatedKeys = (rotations: number, seed = 1): Keyring => {
  const generations = Array.from({ length: rotations + 1 }, (_, i) => i + 1)
  return createKeyring(
    generations.map((generation) => keySet(generation, seed)),
    rotations + 1,
  )
}

const keySet = (generation: number, seed: number) =>
  deriveKeys(Buffer.alloc(32, seed + 16 * (generation - 1)), generation)
