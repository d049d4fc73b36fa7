interface Reached {
  readonly connector?: string | undefined
  readonly webhook_endpoint?: string | undefined
}

/** Whether there is a way to call an agent with this profile; one without is an employee like any other. */
export const isCallable = <P extends Reached>(profile: P | null): profile is P =>
  profile !== null && (profile.connector === 'mqtt' || profile.webhook_endpoint !== undefined)
