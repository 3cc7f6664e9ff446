//! `oms token`: a token of the local issuer, alone on standard output.

use clap::Args;
use jiff::SignedDuration;

use oms_contract::api::endpoints::scopes_of;
use oms_domain::ActorKind;
use oms_local::Stack;
use oms_local::tokens::{Claim, Issuer};
use oms_ports::Clock as _;
use oms_runtime::SystemClock;

use crate::console::say;
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Arguments {
    /// `customer`, `vendor` or `operator`.
    #[arg(long, value_parser = role)]
    role: ActorKind,
    /// Customer id, vendor id or operator name.
    #[arg(long)]
    subject: String,
    /// What it allows, separated by spaces; everything that the role may do where absent.
    #[arg(long)]
    scopes: Option<String>,
    /// How long it is good for: `8h`, `90m`; negative for one that is over (`--expires-in=-1m`).
    #[arg(long, default_value = "8h", allow_hyphen_values = true)]
    expires_in: SignedDuration,
}

fn role(text: &str) -> Result<ActorKind, String> {
    let role = text.parse().ok().filter(|role| !scopes_of(*role).is_empty());
    role.ok_or_else(|| "must be customer, vendor or operator".to_owned())
}

pub(crate) fn run(stack: &Stack, arguments: Arguments) -> Result<(), Failure> {
    let token = Issuer::of(stack)?.token(&claim(arguments))?;
    Ok(say(token)?)
}

fn claim(arguments: Arguments) -> Claim {
    let claim = Claim::new(arguments.role, arguments.subject, SystemClock.now());
    let scopes = arguments.scopes.map(|scopes| scopes.split_whitespace().map(str::to_owned).collect());
    Claim { scopes: scopes.unwrap_or_else(|| claim.scopes.clone()), life: arguments.expires_in, ..claim }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn of(line: &str) -> Result<Claim, String> {
        Line::try_parse_from(line.split(' ')).map(|line| claim(line.arguments)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_command_line_says_who_and_how_long() {
        let plain = of("oms --role vendor --subject ven-1").unwrap();
        assert_eq!((plain.role, plain.subject.as_str(), plain.life.as_hours()), (ActorKind::Vendor, "ven-1", 8));
        assert_eq!(plain.scopes, ["fulfilment:write", "orders:read", "stock:write"]);
        let narrow = of("oms --role operator --subject op --scopes orders:read --expires-in=-1m").unwrap();
        assert_eq!((narrow.scopes, narrow.life.as_secs()), (vec!["orders:read".to_owned()], -60));
        for line in [
            "oms --role system --subject x",
            "oms --role baker --subject x",
            "oms --role vendor",
            "oms --role vendor --subject x --expires-in soon",
        ] {
            assert!(of(line).is_err(), "{line}");
        }
    }
}
