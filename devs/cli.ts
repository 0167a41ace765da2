/** argv → one verb. The only place that reads argv and sets the exit code; what is printed, `terminal.ts` prints. */
import { homedir } from "node:os"
import path from "node:path"
import { Command as CliCommand, InvalidArgumentError, Option } from "commander"
import { AirpinError } from "../certs/error.ts"
import { errorRow } from "../certs/error-codes/table.ts"
import { type Command, exitCodes } from "./commands/command.ts"
import { Terminal } from "./display/terminal.ts"
import { faultTable } from "./sim/faults/kinds.ts"

const program = new CliCommand("airpin")
    .description("TypeScript firmware for ESP32 air-quality clients that trust exactly the servers you chose")
    .version("0.1.0")
    .option("--json", "print one JSON document for machines")
    .option("-q, --quiet", "no progress display")
    .showHelpAfterError("(airpin --help shows the verbs)")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride(error => process.exit(error.exitCode === 0 ? exitCodes.fine : exitCodes.usage))

// A reader that goes away early, as `head` does, changes nothing of the outcome.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
})

function verb<Options>(command: CliCommand, load: () => Promise<Command<Options>>): void {
    command.exitOverride(error => process.exit(error.exitCode === 0 ? exitCodes.fine : exitCodes.usage))
    command.action(async (...args: unknown[]) => {
        const terminal = new Terminal(program.opts())
        const named = Object.fromEntries(command.registeredArguments.map((argument, at) => [argument.name(), args[at]]))
        try {
            const run = await load()
            process.exitCode = await run({ ...named, ...command.opts() } as Options, terminal)
        } catch (error) {
            terminal.error(error)
            process.exitCode = exitStatusOf(error)
        }
    })
}

/** The exit status of the table; 1 for what airpin does not expect. */
function exitStatusOf(error: unknown): number {
    return (error instanceof AirpinError ? errorRow(error.code).exit : undefined) ?? exitCodes.failed
}

const collect = (value: string, before: string[] = []) => [...before, value]

function wholeNumber(min: number, max: number): (text: string) => number {
    return text => {
        const value = Number(text)
        if (!Number.isInteger(value) || value < min || value > max)
            throw new InvalidArgumentError(`a whole number from ${min} to ${max}`)
        return value
    }
}

function speed(text: string): number {
    if (text === "max") return Infinity
    const value = Number(text)
    if (!(value > 0)) throw new InvalidArgumentError("a number above 0, or max")
    return value
}

const MAX_SEEDS = 1000

/** "7", or "1..20": both ends inside. */
function seeds(text: string): number[] {
    const [, first = "", last = first] = /^(\d{1,10})(?:\.\.(\d{1,10}))?$/.exec(text) ?? []
    const count = Number(last) - Number(first) + 1
    if (first === "" || count < 1 || count > MAX_SEEDS || Number(last) >= 2 ** 32)
        throw new InvalidArgumentError(`a whole number, or a range like 1..20 of at most ${MAX_SEEDS}`)
    return Array.from({ length: count }, (_, at) => Number(first) + at)
}

verb(
    program
        .command("pin")
        .description("pull a server's chain with openssl s_client, choose the anchors, write them to certs/pinned")
        .argument("[host...]", "HOST[:PORT] of the API, and of a spare one; may be left out with --chain")
        .option("--chain <file>", "take the chain from a PEM file instead of the server")
        .option("--servername <name>", "the name to ask for and to check (default: HOST)")
        .option("--ca <file>", "more roots, PEM: a private CA; may be given again", collect)
        .option("--anchors <folder>", "more roots: every .pem, .crt, .cer and .der file of a folder")
        .option("--backup <file>", "a root outside the chain, PEM, pinned for emergencies; may be given again", collect)
        .option("--no-backup", "do not keep the backup that was pinned before")
        .option("--no-siblings", "leave out the other roots of the CA's operator")
        .option("--allow-intermediate", "pin the issuing intermediate too; it may change with any renewal")
        .option("--pinned <folder>", "where the anchors go", "certs/pinned")
        .option("--yes", "remove anchors pinned before without asking")
        .option("--svg <file>", "write a picture of the chain and its anchors")
        .option("--dry-run", "show, but write nothing")
        .option(
            "--check",
            "compare what the pinned servers, or HOST, present now with the lock; write nothing (exit code 10: needs attention, 20: devices refuse)",
        )
        .option(
            "--days <n>",
            "with --check: warn of what ends within so many days (default: 30)",
            wholeNumber(0, 36_500),
        )
        .option(
            "--images <folder>",
            "with --check: accounts of the images that were flashed, as airpin image writes them",
            "build",
        ),
    async () => (await import("./commands/pin.ts")).pin,
)

verb(
    program
        .command("bundle")
        .description("write the anchors as an ESP-IDF certificate bundle, or show what is in one")
        .option("--pinned <folder>", "the anchors", "certs/pinned")
        .option("--out <file>", "the bundle", "build/x509_crt_bundle")
        .addOption(
            new Option("--format <name>", "for ESP-IDF v5.0 to v5.3, or for v5.4 and later")
                .choices(["idf50", "idf54"])
                .default("idf50"),
        )
        .option("--show <file>", "read a bundle of either format; write nothing"),
    async () => (await import("./commands/bundle.ts")).bundle,
)

verb(
    program
        .command("trust")
        .description("say what the chip would do with a server, and why (exit code 20: refused)")
        .requiredOption("--chain <file>", "the chain as presented, PEM, in the order sent")
        .requiredOption("--servername <name>", "the name the device asks for")
        .addOption(
            new Option("--bundle <file>", "the bundle, a flash image, or PEM certificates to make one of").default(
                "certs/pinned",
                "the anchors in certs/pinned",
            ),
        )
        .option("--svg <file>", "write a picture of it"),
    async () => (await import("./commands/trust.ts")).trust,
)

verb(
    program
        .command("rehearse")
        .description("say what the chip would do with the chains that may come (exit code 20: refuse one of them)")
        .argument("[host]", "HOST[:PORT] of the API; may be left out with --chain or --chains")
        .option("--chain <file>", "take the chain served today from a PEM file, with or without its leaf")
        .option("--servername <name>", "the name the device asks for (default: HOST)")
        .option("--anchors <folder>", "certificates of the operator: roots, cross-signed roots, intermediates")
        .option("--chains <folder>", "more chains, each a .pem file, in the order sent")
        .option(
            "--bundle <file>",
            "anchors: a folder of pins, a flash image, a bundle, or PEM certificates; may be given again (default: certs/pinned)",
            collect,
        )
        .option("--backup <file>", "a root, PEM, that must be trusted too (default: the backups among the pins)"),
    async () => (await import("./commands/rehearse.ts")).rehearse,
)

verb(
    program.command("build").description("compile the firmware and report sizes"),
    async () => (await import("./commands/build.ts")).build,
)

verb(
    program
        .command("image")
        .description("make the image of a device from a stock runtime; pin one anew; or show what is in one")
        .option(
            "--board <id>",
            "for this board: program, settings, Wi-Fi and pins in the runtime of its chip; boards/README.md names them",
        )
        .option("--firmware <file>", "the runtime, devicescript-….bin (default: downloaded once, and kept)")
        .option("--accept", "take a runtime that changed under its name")
        .option("--env <file>", "settings of this one device, over those of .env.local")
        .option("--pinned <folder>", "the anchors", "certs/pinned")
        .option("--out <file>", "where it goes (default: build/<board>-0x….bin; with --repin the file itself)")
        .option("--repin <file>", "put the pins into an image made earlier; nothing else of it is touched")
        .option("--show <file>", "board, program, anchors, room and sums of any image; write nothing"),
    async () => (await import("./commands/image.ts")).image,
)

verb(
    program
        .command("flash")
        .description("write an image to a chip over serial: what differs, compared afterwards by the chip's own digest")
        .option("--board <id>", "the image that airpin image has made for it: build/ID-0x….bin")
        .addOption(new Option("--image <file>", "another image").conflicts("board"))
        .option("--port <path>", "the serial port (default: the only one that may be a chip's)")
        .option("--baud <n>", "bits per second, once the chip has answered", wholeNumber(115_200, 4_000_000), 460_800)
        .option(
            "--repin",
            "only the application's sectors that differ: settings and program stay as they are on the chip",
        )
        .option("--no-stub", "by the chip's ROM alone, where the flasher stub does not start: slower")
        .addOption(
            new Option(
                "--web",
                "by a page on this computer, for Chrome or Edge, in place of the serial port",
            ).conflicts(["port", "baud", "repin", "stub"]),
        )
        .addOption(
            new Option("--listen <n>", "the page's port (default: a free one)")
                .argParser(wholeNumber(0, 65535))
                .conflicts("out")
                .implies({ web: true }),
        )
        .addOption(
            new Option("--out <folder>", "write the page with the image as a folder, to be hosted elsewhere").implies({
                web: true,
            }),
        ),
    async () => (await import("./commands/flash.ts")).flash,
)

verb(
    program
        .command("sim")
        .description("run virtual devices; without --api, against an API and a CA of its own")
        .option(
            "--replay <csv>",
            "the air of a CSV file (columns date, CO2, Temperature, Humidity) instead of a modelled room",
        )
        .option("--speed <n>", "times real time, or max", speed)
        .option("--devices <n>", "how many", wholeNumber(1, 100), 1)
        .option("--interval <s>", "seconds per reading", wholeNumber(5, 3600))
        .option("--batch <n>", "readings per post", wholeNumber(1, 30))
        .option("--for <s>", "stop after so many simulated seconds", wholeNumber(1, 1e9))
        .option("--seed <n>", "of rooms and chips", wholeNumber(0, 2 ** 32 - 1), 1)
        .option("--export <csv>", "write what the server has at the end")
        .option("--api <url>", "a server of yours; trusted by what is in --pinned")
        .addOption(
            new Option(
                "--image <file>",
                "boot one device from a flash image: program, settings and trust from its bytes alone",
            ).conflicts(["api", "token", "pinned", "interval", "batch", "devices", "export"]),
        )
        .option("--token <file>", "file with the device's token for --api (default: API_TOKEN of .env.local)")
        .option("--pinned <folder>", "anchors for --api", "certs/pinned")
        .option("--log", "show every line of the chip's log")
        .option("--fault <words>", "let something go wrong: 'wifi-off at=2h for=30m'; may be given again", collect)
        .option("--faults <file>", 'a list of faults in JSON5: [{ kind: "wifi-off", at: "2h", for: "30m" }]')
        .addHelpText("after", () => `\n${faultTable()}`),
    async () => (await import("./commands/sim.ts")).sim,
)

verb(
    program
        .command("soak")
        .description(
            "run virtual devices for days under random faults and reconcile every reading (exit code 1 and a reproducer file when one is unaccounted for)",
        )
        .option("--days <n>", "of simulated time", wholeNumber(1, 365), 30)
        .option("--devices <n>", "how many", wholeNumber(1, 100), 5)
        .option("--seed <n>", "of faults, rooms and chips: one, or several like 1..20", seeds, [1])
        .option(
            "--fault-density <n>",
            "divide the pauses between faults, and outages over two hours, by this",
            wholeNumber(1, 100),
            1,
        )
        .option("--jobs <n>", "seeds at once, each in a process of its own", wholeNumber(1, 64), 1)
        .addOption(
            new Option(
                "--reproduce <file>",
                "run the soak of a reproducer file; its list of faults may be edited",
            ).conflicts(["days", "devices", "seed", "faultDensity", "jobs"]),
        )
        .option("--out <folder>", "where reproducer files are written", ".airpin")
        .addOption(new Option("--no-reproducer-file").hideHelp()),
    async () => (await import("./commands/soak.ts")).soak,
)

verb(
    program
        .command("serve")
        .description("the REST API and its page over HTTPS")
        .option("--host <address>", "address to listen on", "127.0.0.1")
        .option("--port <n>", "port", wholeNumber(0, 65535), 8443)
        .option("--db <file>", "database", ".airpin/readings.db")
        .option("--cert <file>", "chain, PEM, leaf first (default: one of the throw-away CA)")
        .option("--key <file>", "its private key, PEM")
        .option("--name <name>", "names in the throw-away certificate; may be given again", collect),
    async () => (await import("./commands/serve.ts")).serve,
)

const device = program.command("device").description("device tokens, how devices are, and what is wanted of them")
const database = () => new Option("--db <file>", "database").default(".airpin/readings.db")
verb(
    device
        .command("add")
        .description("a new device; its token is shown this once")
        .argument("<name>")
        .addOption(database()),
    async () => (await import("./commands/device.ts")).add,
)
verb(
    device.command("list").description("the devices").addOption(database()),
    async () => (await import("./commands/device.ts")).list,
)
verb(
    device.command("revoke").description("refuse a device's token from now on").argument("<id>").addOption(database()),
    async () => (await import("./commands/device.ts")).revoke,
)
verb(
    device
        .command("show")
        .description("how a device is: starts, sensors, connection, settings")
        .argument("<id>")
        .addOption(database()),
    async () => (await import("./commands/device.ts")).show,
)
verb(
    device
        .command("set")
        .description("ask a device for settings, KEY=VALUE; RECALIBRATE_PPM=N is done once")
        .argument("<id>")
        .argument("<settings...>", "as INTERVAL_S=30")
        .addOption(database()),
    async () => (await import("./commands/device.ts")).set,
)

const ca = program
    .command("ca")
    .description("a private root to keep offline, and a server's certificate from it in an emergency")
const caFolder = () =>
    new Option("--dir <folder>", "where the CA is kept; never in a repository").default(
        path.join(homedir(), "airpin-ca"),
        "~/airpin-ca",
    )
verb(
    ca
        .command("new")
        .description("make the CA: private keys for their owner only")
        .addOption(caFolder())
        .option("--name <text>", 'name of the root (default: "airpin private root" and the year)'),
    async () => (await import("./commands/ca.ts")).caNew,
)
verb(
    ca
        .command("issue")
        .description("issue a server's certificate and key")
        .addOption(caFolder())
        .requiredOption("--name <host...>", "DNS names and IP addresses of the server")
        .requiredOption("--out <folder>", "where fullchain.pem and privkey.pem go; never in a repository"),
    async () => (await import("./commands/ca.ts")).caIssue,
)

const bench = program.command("bench").description("the measurements of the README")
verb(
    bench.command("wire").description("bytes per reading on the wire: plain fetch, batch of 5, batch of 15"),
    async () => (await import("./commands/bench-wire.ts")).benchWire,
)
verb(
    bench.command("pin").description("time to make a bundle, next to Python's cryptography where it is installed"),
    async () => (await import("./commands/bench-pin.ts")).benchPin,
)
verb(
    bench
        .command("image")
        .description("time to make an image, and to pin it anew")
        .option("--board <id>", "for this board", "m5stack_core")
        .option("--firmware <file>", "the runtime (default: the one that airpin image downloads)"),
    async () => (await import("./commands/bench-image.ts")).benchImage,
)

verb(
    program.command("doctor").description("what is missing on this machine, and how to get it"),
    async () => (await import("./commands/doctor.ts")).doctor,
)

await program.parseAsync()
