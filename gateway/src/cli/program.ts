import { setFlagsFromString } from 'node:v8'
import { LIMITS } from '@mchat/schema'
import { Command, CommanderError } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { renderSettingsHelp } from '../config/reference.ts'
import { type Config, loadConfig } from '../config.ts'
import type { MosquittoInitOptions } from './broker-mosquitto.ts'
import type { DoctorOptions } from './doctor.ts'
import { EXIT } from './exit-codes.ts'
import type { RotateOptions } from './keys-rotate.ts'
import type { ObjectsGcOptions } from './objects-gc.ts'
import { say } from './say.ts'

interface GlobalOptions {
  readonly config?: string
}

/** The command line. Sets the exit code and ends the process when the command is done. */
export const runProgram = async (argv: readonly string[]): Promise<void> => {
  process.exit(await codeOf(argv))
}

const codeOf = async (argv: readonly string[]): Promise<number> => {
  let code: number = EXIT.done
  let config: Config | undefined
  const program = createProgram(
    (options) => {
      config = loadConfig(process.env, { configFile: options.config })
      return config
    },
    (result) => {
      code = result
    },
  )
  try {
    await program.parseAsync([...argv])
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.userError
    const { explainFailure } = await import('./failure.ts')
    const sentence = explainFailure(error, config)
    if (sentence !== undefined) {
      say(sentence)
      return EXIT.userError
    }
    say(`MChat failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    return EXIT.internal
  }
}

/**
 * PGlite is compiled once quickly, and what runs often once more, well, which takes longer than a command lives that ends
 * when it is done: without that it takes a third less of a processor.
 */
const compileWasmOnce = (): void => setFlagsFromString('--wasm-tiering-budget=1300000000')

/** Commands load what they need when they run, so that `--help` and a mistyped option answer at once. */
const createProgram = (load: (options: GlobalOptions) => Config, setCode: (code: number) => void): Command => {
  const program = new Command('mchat')
    .description('Enterprise instant messaging over MQTT, where people and AI agents are colleagues.')
    .version(manifest.version, '-V, --version', 'print the version')
    .option('-c, --config <file>', 'configuration file (default: mchat.yaml, when there is one)')
    .helpCommand(false)
    .showHelpAfterError('(mchat --help lists the commands and settings)')
    .exitOverride()
    .hook('preAction', (_program, command) => {
      if (command.name() !== 'start') compileWasmOnce()
    })
    .addHelpText('after', () => `\n${renderSettingsHelp()}`)
  const options = (): GlobalOptions => program.opts<GlobalOptions>()

  program
    .command('start')
    .description('run a gateway until it is stopped')
    .action(async () => {
      const { start } = await import('./start.ts')
      setCode(await start(load(options())))
    })
  program
    .command('init')
    .description('prepare a deployment: data directory, secret and a commented mchat.yaml')
    .action(async () => {
      const { init } = await import('./init.ts')
      await init(options().config)
    })
  program
    .command('demo')
    .description('fill a running MChat with departments, people, groups and agents, and be those agents')
    .action(async () => {
      const { demo } = await import('./demo.ts')
      await demo(load(options()))
    })
  program
    .command('broker')
    .description('prepare a broker of its own, for several gateways (docs/brokers.md)')
    .command('mosquitto')
    .description('Eclipse Mosquitto 2.0')
    .command('init')
    .description('write a complete configuration, and the settings of the gateways')
    .option('--directory <path>', 'where to', './mosquitto')
    .option('--port <port>', 'of MQTT', '1883')
    .option('--address <address>', 'to listen on (default: every one)')
    .option('--web-socket-port <port>', 'of MQTT over WebSocket (default: none)')
    .option('--cert-file <path>', 'certificate chain (PEM), for TLS')
    .option('--key-file <path>', 'its private key')
    .option('--user <account>', 'that runs Mosquitto when root starts it (default: mosquitto)')
    .option('--plugin <path>', 'the dynamic security plugin, where it is not in the place of Debian')
    .option('--with-organisation', 'let in everybody whom the database of MCHAT_DATABASE_URL knows')
    .action(async (init: MosquittoInitOptions) => {
      const { initMosquitto } = await import('./broker-mosquitto.ts')
      await initMosquitto(load(options()), init)
    })
  program
    .command('database')
    .description('look after a PostgreSQL (docs/scaling.md)')
    .command('migrate')
    .description('bring the schema to this release, as MCHAT_DATABASE_OWNER_URL, for the role of MCHAT_DATABASE_URL')
    .action(async () => {
      const { migrateDatabase } = await import('./database-migrate.ts')
      await migrateDatabase(load(options()))
    })
  program
    .command('objects')
    .description('look after the files (docs/files.md)')
    .command('gc')
    .description('remove what was put and never completed, and exports, as a running MChat does every hour')
    .option('--hours <n>', 'how old it must be', String(LIMITS.fileUploadHours))
    .action(async (gc: ObjectsGcOptions) => {
      const { removeUnfinishedFiles } = await import('./objects-gc.ts')
      await removeUnfinishedFiles(load(options()), gc)
    })
  program
    .command('doctor')
    .description('examine the configuration, the database and the broker, and say what must change')
    .option('--broker <url>', 'broker to examine (default: MCHAT_BROKER_URL); MCHAT_BROKER_PASSWORD is for it')
    .option('--username <name>', 'who to be there (default: MCHAT_BROKER_USERNAME)')
    .action(async (doctor: DoctorOptions) => {
      const { examine } = await import('./doctor.ts')
      setCode(await examine(load(options()), doctor))
    })
  const keys = program.command('keys').description('the secret of the deployment and what it opens (docs/keys.md)')
  keys
    .command('list')
    .description('say which secrets open the keys, and what was made with each generation of them')
    .action(async () => {
      const { listKeys } = await import('./keys-list.ts')
      await listKeys(load(options()))
    })
  keys
    .command('rotate')
    .description('replace the secret, or finish doing so; gateways with a database of their own may run')
    .option('--new-secret-file <path>', 'the new secret; made when missing (default, without MCHAT_SECRET: secret.key)')
    .option('--old-secret-lost', 'give up what only the lost secret opens; MChat must be stopped')
    .action(async (rotate: RotateOptions) => {
      const { rotateKeys } = await import('./keys-rotate.ts')
      await rotateKeys(load(options()), rotate)
    })
  program
    .command('admin')
    .description('recover access')
    .command('reset')
    .description('give an employee a new credential and the owner role; MChat must be stopped')
    .option('--employee-id <id>', 'whom', 'admin')
    .option('--password-stdin', 'read a password from standard input instead of making a token')
    .action(async (reset: { readonly employeeId: string; readonly passwordStdin?: true }) => {
      const { resetAdmin } = await import('./admin-reset.ts')
      await resetAdmin(load(options()), reset)
    })
  return program
}
