/** A `like` pattern for texts that contain `text`, whatever wildcards are in it. */
export const containing = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`
