/**
 * Tells systemd how the server is doing, by its own `systemd-notify`: sd_notify(3). Without NOTIFY_SOCKET in the
 * environment, which only a unit of Type=notify has, nothing is told.
 */
import { execFile } from "node:child_process"

/** Messages within the time that WatchdogSec allows. */
const WATCHDOG_MESSAGES = 3

export interface ServiceManager {
    ready(): void
    /** Ends the messages for the watchdog too. */
    stopping(): void
}

/**
 * @param onError called when a message could not be sent
 */
export function serviceManager(env: NodeJS.ProcessEnv, onError: (error: Error) => void): ServiceManager {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, PATH } = env
    if (NOTIFY_SOCKET === undefined) return { ready: () => undefined, stopping: () => undefined }
    const send = (...messages: string[]): void => {
        execFile("systemd-notify", messages, { env: { NOTIFY_SOCKET, PATH } }, error => error && onError(error))
    }
    let watchdog: NodeJS.Timeout | undefined
    return {
        ready: () => {
            send("READY=1", `MAINPID=${process.pid}`)
            const maxMs = Number(WATCHDOG_USEC) / 1000
            if (maxMs > 0) watchdog = setInterval(() => send("WATCHDOG=1"), maxMs / WATCHDOG_MESSAGES).unref()
        },
        stopping: () => {
            clearInterval(watchdog)
            send("STOPPING=1")
        },
    }
}
