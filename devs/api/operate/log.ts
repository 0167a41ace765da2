/**
 * The server's log: JSON lines (https://getpino.io, the logger of Fastify). Nothing that may be a secret reaches it:
 * what is written of a request, a response and an error is listed here field by field.
 */
import { once } from "node:events"
import { open } from "node:fs/promises"
import pino from "pino"
import { AirpinError, asAirpinError } from "../../../certs/error.ts"

export const logLevels = ["error", "warn", "info", "debug"] as const
export type LogLevel = (typeof logLevels)[number]

/** Only the user that the server runs as, and its group, may read a log: it has the addresses of readers. */
const LOG_FILE_MODE = 0o640

/** Writes to a file or to stdout. Lines that cannot be written are lost, and the server goes on. */
export interface LogTarget {
    stream: pino.DestinationStream
    level: LogLevel
    /** Opens the file again, which a log rotation has renamed. */
    reopen(): void
    /** Writes what is still in memory. */
    close(): void
}

/**
 * @param file path, or "-" for stdout
 * @param onError called when lines cannot be written, once until they can be again
 * @throws AirpinError LOG_UNOPENED
 */
export async function openLog(file: string, level: LogLevel, onError: (error: Error) => void): Promise<LogTarget> {
    if (file !== "-") await openable(file)
    const stream = pino.destination({
        dest: file === "-" ? 1 : file,
        append: true,
        mode: LOG_FILE_MODE,
        sync: false,
        // a full disk: the lines are dropped instead of being kept in memory
        maxLength: 2 ** 20,
    })
    await once(stream, "ready")
    let isFailing = false
    stream.on("write", () => (isFailing = false))
    stream.on("error", (error: Error) => {
        if (!isFailing) onError(error)
        isFailing = true
    })
    return {
        stream,
        level,
        reopen: () => file !== "-" && stream.reopen(),
        close: () => stream.flushSync(),
    }
}

/** @throws AirpinError LOG_UNOPENED */
async function openable(file: string): Promise<void> {
    try {
        const handle = await open(file, "a", LOG_FILE_MODE)
        await handle.close()
    } catch (error) {
        const { message } = asAirpinError(error)
        throw new AirpinError("LOG_UNOPENED", `the log ${file} cannot be opened: ${message}`, { cause: error })
    }
}

/** Options of Fastify's logger. */
export function loggerOptions({ stream, level }: Pick<LogTarget, "stream" | "level">) {
    return {
        stream,
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label: string) => ({ level: label }) },
        serializers: {
            req: ({ method }: { method: string }) => ({ method }),
            res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
            err: errorFields,
        },
    }
}

interface ErrorFields {
    [name: string]: unknown
    /** the error's class */
    type: string
    message: string
    stack: string
}

/** What is written of an error: neither the query nor the values that a database's error carries. */
export function errorFields(error: unknown): ErrorFields {
    if (!(error instanceof Error)) return { type: typeof error, message: String(error), stack: "" }
    const { name, message, stack = "", cause } = error
    const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {}
    return { type: name, ...code, message, stack, ...(cause instanceof Error && { cause: errorFields(cause) }) }
}
