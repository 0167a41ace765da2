import assert from "node:assert/strict"
import type { AddressInfo } from "node:net"
import { rootCertificates } from "node:tls"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"
import type { LocalCa } from "../../../certs/local-ca.ts"
import { emailChannel } from "../../../devs/api/alerts/channels/email.ts"
import type { AlertMessage } from "../../../devs/api/alerts/message.ts"
import { alertSettings } from "../../../devs/api/alerts/settings.ts"
import { temporaryCa } from "../../support/tls-servers.ts"

const PASSWORD = "p@ss/w0rd"
const message: AlertMessage = {
    id: "0123456789abcdef",
    event: "raised",
    kind: "co2",
    device: { id: "room-103", name: "Room 103" },
    text: "Room 103 – Übung: CO2 1,620 ppm for 20 minutes: open a window",
    openedAt: 1_736_942_400,
    resolvedAt: null,
    values: {},
}

interface Mail {
    secure: boolean
    user: string | undefined
    from: string
    to: string[]
    text: string
}

describe("alerts by e-mail", () => {
    let ca: LocalCa
    let server: SMTPServer | undefined
    let mails: Mail[]

    before(async () => {
        ca = await temporaryCa()
    })
    beforeEach(() => {
        mails = []
    })
    afterEach(() => new Promise<void>(resolve => (server ? server.close(resolve) : resolve())))

    /** Starts a mail server, and returns its port. */
    async function start(options: SMTPServerOptions): Promise<number> {
        const { keyPem, chainPem } = await ca.issue({ names: ["localhost"] })
        server = new SMTPServer({
            key: keyPem,
            cert: chainPem,
            disableReverseLookup: true,
            onAuth: ({ username, password }, _session, callback) =>
                password === PASSWORD
                    ? callback(null, { user: username })
                    : callback(new Error(`535 wrong password ${password}`)),
            onData: (stream, session, callback) => {
                const chunks: Buffer[] = []
                stream.on("data", chunk => chunks.push(chunk))
                stream.on("end", () => {
                    const { mailFrom, rcptTo } = session.envelope
                    mails.push({
                        secure: session.secure,
                        user: session.user,
                        from: mailFrom === false ? "" : mailFrom.address,
                        to: rcptTo.map(({ address }) => address),
                        text: Buffer.concat(chunks).toString(),
                    })
                    callback()
                })
            },
            ...options,
        })
        server.on("error", () => undefined)
        await new Promise<void>(resolve => server?.listen(0, "127.0.0.1", resolve))
        return (server.server.address() as AddressInfo).port
    }

    function channel(url: string, trusted = [ca.rootPem]) {
        const { email } = alertSettings({
            ALERT_SMTP_URL: url,
            ALERT_EMAIL_FROM: "air@school.example",
            ALERT_EMAIL_TO: "caretaker@school.example, office@school.example",
        })
        return emailChannel({ ...email!, ca: trusted })
    }
    const login = `air:${encodeURIComponent(PASSWORD)}`

    it("go out by STARTTLS, signed in, to everyone", async () => {
        const port = await start({})
        await channel(`smtp://${login}@localhost:${port}?starttls=yes`).send(message)
        const [mail] = mails as [Mail]
        assert.deepEqual(
            [mail.secure, mail.user, mail.from, mail.to],
            [true, "air", "air@school.example", ["caretaker@school.example", "office@school.example"]],
        )
        assert.match(mail.text, /^Message-ID: <0123456789abcdef\.raised@school\.example>\r$/im)
        assert.match(mail.text, /^Auto-Submitted: auto-generated\r$/im)
        const subject = mail.text.split(/^Subject: /im)[1]!.split(/\r\n(?! )/)[0]!
        assert.equal(decoded(subject), message.text)
    })

    it("go out by TLS from the first byte", async () => {
        const port = await start({ secure: true, authOptional: true })
        await channel(`smtps://localhost:${port}`).send({ ...message, event: "resolved" })
        assert.equal(mails[0]?.secure, true)
        assert.match(mails[0].text, /^In-Reply-To: <0123456789abcdef\.raised@school\.example>\r$/im)
    })

    it("go out without TLS to a server on this machine", async () => {
        const port = await start({ authOptional: true, disabledCommands: ["AUTH"] })
        await channel(`smtp://127.0.0.1:${port}`).send(message)
        assert.equal(mails[0]?.secure, false)
    })

    const refusals: [string, SMTPServerOptions, (port: number) => string, boolean, RegExp][] = [
        [
            "whose CA is unknown",
            {},
            port => `smtp://${login}@localhost:${port}?starttls=yes`,
            false,
            /self-signed|unable to/,
        ],
        ["whose certificate is another host's", {}, port => `smtps://127.0.0.1:${port}`, true, /altnames/],
        [
            "that does not offer STARTTLS",
            { hideSTARTTLS: true, disabledCommands: ["STARTTLS"], allowInsecureAuth: true },
            port => `smtp://${login}@localhost:${port}?starttls=yes`,
            true,
            /STARTTLS/,
        ],
    ]
    for (const [what, options, url, isTrusted, expected] of refusals)
        it(`are not sent to a server ${what}, nor the password`, async () => {
            let asked = 0
            const onAuth: SMTPServerOptions["onAuth"] = (_auth, _session, callback) => {
                asked++
                callback(null, { user: "air" })
            }
            const port = await start({ ...options, onAuth, secure: url(0).startsWith("smtps") })
            await assert.rejects(
                channel(url(port), isTrusted ? [ca.rootPem] : [...rootCertificates]).send(message),
                expected,
            )
            assert.deepEqual([mails, asked], [[], 0])
        })

    it("do not show the password in the error, whatever the server says", async () => {
        const port = await start({
            onAuth: ({ password }, _session, callback) => callback(new Error(`no: ${password}`)),
        })
        await assert.rejects(channel(`smtp://${login}@localhost:${port}?starttls=yes`).send(message), error => {
            assert.match(String(error), /no: \*\*\*/)
            assert.ok(!JSON.stringify(error, Object.getOwnPropertyNames(error)).includes(PASSWORD))
            return true
        })
    })
})

/** The text of a header of RFC 2047. */
function decoded(header: string): string {
    const words = header.replaceAll(/\?=\s+=\?/g, "?==?").matchAll(/=\?utf-8\?([qb])\?(.*?)\?=|([^=]+)/gi)
    return [...words]
        .map(([, form, text = "", plain]) => {
            if (plain !== undefined) return plain
            if (form?.toLowerCase() === "b") return Buffer.from(text, "base64").toString()
            return decodeURIComponent(text.replaceAll("_", " ").replaceAll("%", "%25").replaceAll("=", "%"))
        })
        .join("")
}
