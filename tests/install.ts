import { installMissingPackages } from './runner/debian-packages.ts'

/** `npm run test:install`: only the first step of `npm test`, for whoever has something else to do meanwhile. */
installMissingPackages()
