#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Reading and compiling all modules is the better part of a start. Kept beside the packages: who can write there can
// change the code anyway, while a shared directory for temporary files is everybody's. Where it cannot be written
// nothing is kept. What follows is imported dynamically, since a static import would come first.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/mchat', import.meta.url)))

const { runProgram } = await import('./cli/program.ts')
await runProgram(process.argv)
