/** Uses a renewed certificate without a restart: whatever renews it (certbot, acme.sh) only replaces the files. */
import type { Serving, TlsFiles } from "./server.ts"

const INTERVAL_MS = 60_000

export interface CertificateWatch {
    serving: Pick<Serving, "replaceCertificate">
    /** what the server uses now */
    current: TlsFiles
    /** reads the files again */
    read(): Promise<TlsFiles>
    /** called with undefined when the server uses new files, and with the error when it cannot and keeps the old ones */
    onChange(error: unknown): void
    intervalMs?: number
}

export interface CertificateWatcher {
    /** Reads the files now. */
    look(): Promise<void>
    /** Gives the server these files, which the next look finds. @throws what `replaceCertificate` throws */
    use(files: TlsFiles): void
    /** what the server uses now */
    current(): TlsFiles
    stop(): void
}

/**
 * Reads the files every minute, and gives the server what has changed. Files that do not fit each other are reported
 * once: key and chain are not replaced in the same moment.
 */
export function watchCertificate({
    serving,
    current,
    read,
    onChange,
    intervalMs = INTERVAL_MS,
}: CertificateWatch): CertificateWatcher {
    let [served, tried] = [current, current]
    let reported = ""
    const use = (next: TlsFiles): void => {
        tried = next
        serving.replaceCertificate(next)
        served = next
        reported = ""
    }
    const look = async (): Promise<void> => {
        try {
            const next = await read()
            if (next.keyPem === tried.keyPem && next.certPem === tried.certPem) return
            use(next)
            onChange(undefined)
        } catch (error) {
            if (String(error) === reported) return
            reported = String(error)
            onChange(error)
        }
    }
    const timer = setInterval(look, intervalMs).unref()
    return { look, use, current: () => served, stop: () => clearInterval(timer) }
}
