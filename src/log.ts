/**
 * The log: one event per line, `event key=value key=value …`; a value contains
 * no spaces. The chip's log truncates a line after 157 characters.
 */

let secret = ""

/** Sets a text that must never be logged: a line that contains it is withheld. */
export function setSecret(text: string) {
    secret = text
}

/** Writes one line of the log. */
export function log(line: string) {
    if (secret.length > 0 && line.includes(secret)) line = "withheld reason=secret"
    console.log(line)
}

/** `Name:message` of an exception as a value for the log: without spaces, at most 80 characters. */
export function errorText(error: Error): string {
    return `${error.name}:${error.message}`.slice(0, MAX_ERROR_LENGTH).split(" ").join("_")
}

/** Leaves space for the event's other values in a line. */
const MAX_ERROR_LENGTH = 80
