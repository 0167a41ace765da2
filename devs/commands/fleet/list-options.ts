/** Options that the commands of a class set share. */
import { Option } from "@commander-js/extra-typings"

export const networksOption = () =>
    new Option(
        "--networks <file>",
        "Wi-Fi networks that the list names: NAME_SSID=… and NAME_PWD=… (default: .env.networks beside the list)",
    )
