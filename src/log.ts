/**
 * The log: one event a line, `event key=value key=value …`, no spaces within a
 * value. The chip's log keeps 157 characters of a line.
 */

let secret = ""

/** A text that must never stand in the log: a line that has it is withheld. */
export function setSecret(text: string) {
    secret = text
}

/** Writes one line of the log. */
export function log(line: string) {
    if (secret.length > 0 && line.includes(secret)) line = "withheld reason=secret"
    console.log(line)
}

/** What was thrown, as one word: no spaces, bounded. */
export function errorText(error: Error): string {
    return `${error.name}:${error.message}`.slice(0, MAX_WORD_LENGTH).split(" ").join("_")
}

/** Leaves room for the event's other values in a line of the log. */
const MAX_WORD_LENGTH = 80
