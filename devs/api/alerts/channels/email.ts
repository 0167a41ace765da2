import { AirpinError } from "../../../../certs/error.ts"
import type { AlertMessage } from "../message.ts"
import type { EmailSettings } from "../settings.ts"
import { type Channel, MAX_SEND_MS } from "./channel.ts"

/** Longest wait for a step of the conversation, ms. */
const STEP_MS = 10_000

/** E-mail by SMTP. Where TLS is on, the certificate is verified, and nothing is sent without it. */
export function emailChannel(settings: EmailSettings): Channel {
    const { host, port, from, to } = settings
    const place = `${host}:${port}`
    const domain = from.slice(from.indexOf("@") + 1)
    const send = async (message: AlertMessage): Promise<void> => {
        const { createTransport } = await import("nodemailer")
        const transport = createTransport(transportOptions(settings))
        const deadline = setTimeout(() => transport.close(), MAX_SEND_MS)
        const raised = `<${message.id}.raised@${domain}>`
        try {
            await transport.sendMail({
                from: { name: "airpin", address: from },
                to,
                subject: message.text,
                text: `${message.text}\n`,
                messageId: `<${message.id}.${message.event}@${domain}>`,
                ...(message.event === "resolved" && { inReplyTo: raised, references: raised }),
                // RFC 3834: no out-of-office replies
                headers: { "auto-submitted": "auto-generated" },
            })
        } catch (error) {
            const why = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ").trim()
            throw new AirpinError("ALERT_UNDELIVERED", `${place}: ${withoutPassword(why, settings)}`)
        } finally {
            clearTimeout(deadline)
            transport.close()
        }
    }
    return { name: "email", place: `${to.join(", ")} by ${place}`, send }
}

function transportOptions({ host, port, tls, login, ca }: EmailSettings) {
    return {
        host,
        port,
        secure: tls === "implicit",
        requireTLS: tls === "starttls",
        ignoreTLS: tls === "none",
        tls: { minVersion: "TLSv1.2", ...(ca && { ca }) } as const,
        ...(login && { auth: login }),
        connectionTimeout: STEP_MS,
        greetingTimeout: STEP_MS,
        socketTimeout: STEP_MS,
        dnsTimeout: STEP_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
    }
}

/** A server may repeat in its response what it was sent: the password, or what SASL PLAIN makes of it (RFC 4616). */
function withoutPassword(text: string, { login }: EmailSettings): string {
    if (login === undefined || login.pass === "") return text
    const { user, pass } = login
    const forms = [pass, ...[pass, `\0${user}\0${pass}`].map(sent => Buffer.from(sent).toString("base64"))]
    return forms.reduce((rest, secret) => rest.replaceAll(secret, "***"), text)
}
