/**
 * For a process of Node that lives for seconds: the database in WebAssembly is compiled once, quickly, instead of a second
 * time and well, which would take a third of all the time that such a process has a processor.
 */
export const COMPILED_ONCE: readonly string[] = ['--liftoff-only']
