import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { AirpinError } from "../../../certs/error.ts"
import { isQuiet, parseQuietHours } from "../../../devs/api/alerts/quiet-hours.ts"
import { alertSettings } from "../../../devs/api/alerts/settings.ts"

const SECRET = Buffer.alloc(32, 7).toString("base64")
const PASSWORD = "Sekret-4711"
const mail = { ALERT_EMAIL_FROM: "air@school.example", ALERT_EMAIL_TO: "caretaker@school.example" }

/** The message of the error that refuses these variables. */
function refusal(variables: Record<string, string>): string {
    try {
        alertSettings(variables)
    } catch (error) {
        assert.ok(error instanceof AirpinError)
        assert.equal(error.code, "ENVIRONMENT_INVALID")
        return error.message
    }
    return "nothing is refused"
}

describe("the settings of alerts", () => {
    it("without any variable send nothing, and have the documented limits", () => {
        const { limits, webhook, ntfy, email } = alertSettings({ PATH: "/bin", ALERT_CO2_PPM: "" })
        assert.deepEqual([webhook, ntfy, email], [undefined, undefined, undefined])
        assert.deepEqual(limits, {
            co2Ppm: undefined,
            co2Minutes: 15,
            silentMinutes: 15,
            certificateDays: 14,
            diskFreeMb: 1000,
        })
    })

    const wrong: [Record<string, string>, RegExp][] = [
        [{ ALERT_CO2_PPM: "high" }, /^ALERT_CO2_PPM: "high" is not a whole number from 400 to 40000$/],
        [{ ALERT_CO2_PPM: "1e3" }, /^ALERT_CO2_PPM/],
        [{ ALERT_CO2_MINUTES: "0" }, /^ALERT_CO2_MINUTES/],
        [{ ALERT_CO2_LIMIT: "1000" }, /^ALERT_CO2_LIMIT: airpin has no such setting; the nearest is ALERT_CO2_PPM$/],
        [{ ALERT_ZONE: "Mars/Olympus" }, /^ALERT_ZONE: "Mars\/Olympus" is not a time zone/],
        [{ ALERT_QUIET_HOURS: "22-6" }, /^ALERT_QUIET_HOURS: "22-6" is not of the form/],
        [{ ALERT_QUIET_HOURS: "22:00-25:00" }, /^ALERT_QUIET_HOURS/],
        [{ ALERT_WEBHOOK_URL: "https://a.example/" }, /^ALERT_WEBHOOK_SECRET: it is not set/],
        [{ ALERT_WEBHOOK_URL: "http://a.example/", ALERT_WEBHOOK_SECRET: SECRET }, /^ALERT_WEBHOOK_URL: http:/],
        [
            { ALERT_WEBHOOK_URL: "https://a.example/", ALERT_WEBHOOK_SECRET: "short" },
            /^ALERT_WEBHOOK_SECRET: it is not 24/,
        ],
        [{ ALERT_NTFY_URL: "https://ntfy.example/" }, /^ALERT_NTFY_URL: it must end in a topic/],
        [{ ALERT_NTFY_URL: "ntfy.example/air" }, /^ALERT_NTFY_URL: it is not a URL/],
        [{ ALERT_SMTP_URL: "https://mail.example", ...mail }, /^ALERT_SMTP_URL: it is not a URL that begins with smtp/],
        [{ ALERT_SMTP_URL: "smtp://mail.example?starttls=no", ...mail }, /^ALERT_SMTP_URL: starttls=no is only/],
        [{ ALERT_SMTP_URL: "smtp://mail.example", ALERT_EMAIL_FROM: "air@a.example" }, /^ALERT_EMAIL_TO: ""/],
        [{ ALERT_SMTP_URL: "smtp://mail.example", ...mail, ALERT_EMAIL_TO: "a@b.example, c" }, /^ALERT_EMAIL_TO: "c"/],
        [{ ALERT_CA_FILE: "/nowhere.pem" }, /^ALERT_CA_FILE: \/nowhere.pem cannot be read/],
    ]
    for (const [variables, expected] of wrong)
        it(`refuse ${Object.entries(variables)
            .map(([name, value]) => `${name}=${value}`)
            .join(" ")}`, () => {
            assert.match(refusal(variables), expected)
        })

    it("never show a secret in what they refuse", () => {
        const messages = [
            refusal({ ALERT_WEBHOOK_URL: `http://user:${PASSWORD}@a.example/`, ALERT_WEBHOOK_SECRET: SECRET }),
            refusal({ ALERT_WEBHOOK_URL: "https://a.example/", ALERT_WEBHOOK_SECRET: PASSWORD }),
            refusal({ ALERT_NTFY_URL: "https://ntfy.example/air", ALERT_NTFY_TOKEN: `${PASSWORD} ` + "ü" }),
            refusal({ ALERT_SMTP_URL: `smpt://user:${PASSWORD}@mail.example`, ...mail }),
            refusal({ ALERT_SMTP_URL: `smtp://user:${PASSWORD}@mail.example?starttls=maybe`, ...mail }),
        ]
        for (const message of messages) {
            assert.match(message, /^ALERT_/)
            assert.ok(!message.includes(PASSWORD), message)
        }
    })

    it("take a secret from the file that NAME_FILE names", () => {
        const folder = mkdtempSync(path.join(tmpdir(), "airpin-alerts-"))
        const file = path.join(folder, "secret")
        writeFileSync(file, `${SECRET}\n`)
        const url = { ALERT_WEBHOOK_URL: "https://a.example/" }
        try {
            const { webhook } = alertSettings({ ...url, ALERT_WEBHOOK_SECRET_FILE: file })
            assert.deepEqual(webhook?.secret, Buffer.alloc(32, 7))
            assert.match(
                refusal({ ...url, ALERT_WEBHOOK_SECRET_FILE: file, ALERT_WEBHOOK_SECRET: SECRET }),
                /^ALERT_WEBHOOK_SECRET_FILE: ALERT_WEBHOOK_SECRET is set too/,
            )
        } finally {
            rmSync(folder, { recursive: true })
        }
    })

    it("encrypt e-mail unless its server is this machine", () => {
        const tlsOf = (url: string) => alertSettings({ ALERT_SMTP_URL: url, ...mail }).email?.tls
        assert.deepEqual(
            ["smtp://mail.example:587", "smtps://mail.example", "smtp://localhost", "smtp://[::1]:25?starttls=yes"].map(
                tlsOf,
            ),
            ["starttls", "implicit", "none", "starttls"],
        )
    })
})

describe("quiet hours", () => {
    const at = (text: string) => Date.parse(text) / 1000
    const quiet = parseQuietHours("22:00-06:30,sat,sun", "Europe/Berlin")!

    for (const [time, expected] of [
        ["2025-01-15T20:59:59Z", false],
        ["2025-01-15T21:00:00Z", true],
        ["2025-01-16T05:29:59Z", true],
        ["2025-01-16T05:30:00Z", false],
        ["2025-01-18T12:00:00Z", true],
        ["2025-07-15T20:00:00Z", true],
        ["2025-07-16T04:30:00Z", false],
    ] as const)
        it(`of 22:00-06:30,sat,sun in Berlin ${expected ? "hold" : "do not hold"} at ${time}`, () => {
            assert.equal(isQuiet(quiet, at(time)), expected)
        })

    it("may be several, and end at 24:00", () => {
        const some = parseQuietHours("12:00-13:00, 18:00-24:00", "UTC")!
        const hours = Array.from({ length: 24 }, (_, hour) => hour).filter(hour => isQuiet(some, hour * 3600))
        assert.deepEqual(hours, [12, 18, 19, 20, 21, 22, 23])
    })
})
