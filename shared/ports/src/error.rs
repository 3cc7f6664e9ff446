//! Errors, sorted by what the caller does about them.

use oms_domain::change::Refusal;

/// Somebody outside the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// A table.
    Store,
    /// A queue, topic, bus or mail service.
    Messaging,
    /// The state machine.
    Machine,
    /// The payment gateway.
    Gateway,
    /// The carrier.
    Carrier,
    /// Secrets and keys.
    Secrets,
}

/// What can go wrong at a port.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Asked to slow down.
    #[error("{0:?} asked us to slow down")]
    Throttled(Party),
    /// A condition failed: somebody else wrote first.
    #[error("somebody else wrote first")]
    Conflict,
    /// No answer, or a failure that may pass. Whether the call took effect is not known.
    #[error("{party:?} did not answer: {cause}")]
    Unavailable {
        /// Who.
        party: Party,
        /// The cause, for the log only; without personal data or secrets.
        cause: String,
    },
    /// A definite no to this very request: it took no effect, and repeating it is pointless.
    #[error("{party:?} refused: {code}")]
    Refused {
        /// Who.
        party: Party,
        /// The party's own code, without personal data or secrets.
        code: String,
    },
    /// What came back cannot be: a record that does not parse, an answer that breaks the protocol.
    #[error("{party:?} answered nonsense: {cause}")]
    Corrupt {
        /// Who.
        party: Party,
        /// The cause, for the log only; without personal data or secrets.
        cause: String,
    },
}

impl PortError {
    /// `party` did not answer.
    pub fn unavailable(party: Party, cause: impl ToString) -> Self {
        Self::Unavailable { party, cause: cause.to_string() }
    }

    /// `party` said no.
    pub fn refused(party: Party, code: impl ToString) -> Self {
        Self::Refused { party, code: code.to_string() }
    }

    /// `party` answered nonsense.
    pub fn corrupt(party: Party, cause: impl ToString) -> Self {
        Self::Corrupt { party, cause: cause.to_string() }
    }
}

/// Why a step of the machine, or the handling of one message, failed. The variant decides what happens next; its name is the error name in the ASL.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// Retry later.
    #[error("throttled")]
    Throttled(#[source] PortError),
    /// Retry with a fresh read.
    #[error("the order changed meanwhile")]
    Conflict,
    /// Retry later.
    #[error("a party did not answer")]
    Unavailable(#[source] PortError),
    /// Another run holds the lease of the effect; retry later.
    #[error("another run is at it")]
    InProgress,
    /// A rule says no, for ever.
    #[error("refused: {0}")]
    Refused(String),
    /// An invariant broke.
    #[error("bug: {0}")]
    Bug(String),
}

impl StepError {
    /// The name in the ASL.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttled(_) => "Throttled",
            Self::Conflict => "Conflict",
            Self::Unavailable(_) => "Unavailable",
            Self::InProgress => "InProgress",
            Self::Refused(_) => "Refused",
            Self::Bug(_) => "Bug",
        }
    }

    /// Whether trying the same again may help.
    pub fn is_retryable(&self) -> bool {
        oms_contract::step::RETRYABLE.contains(&self.name())
    }
}

impl From<PortError> for StepError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Throttled(_) => Self::Throttled(error),
            PortError::Conflict => Self::Conflict,
            PortError::Unavailable { .. } => Self::Unavailable(error),
            PortError::Refused { .. } => Self::Refused(error.to_string()),
            PortError::Corrupt { .. } => Self::Bug(error.to_string()),
        }
    }
}

/// A refusal inside a step: the order was loaded a moment ago and the step asked for what its state does not allow.
impl From<Refusal> for StepError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

/// What a failed port means to a caller of the API. The cause goes to the log, never to the caller.
impl From<PortError> for oms_contract::problem::Problem {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Throttled(_) => Self::slow_down(),
            PortError::Conflict => Self::changed_meanwhile(),
            PortError::Unavailable { .. } => Self::unavailable(),
            PortError::Refused { .. } | PortError::Corrupt { .. } => Self::internal(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::step::{FINAL, RETRYABLE};

    #[test]
    fn error_names_are_the_contracts() {
        let unavailable = || PortError::unavailable(Party::Store, "");
        let all = [
            StepError::Throttled(unavailable()),
            StepError::Conflict,
            StepError::Unavailable(unavailable()),
            StepError::InProgress,
            StepError::Refused(String::new()),
            StepError::Bug(String::new()),
        ];
        let (retried, last): (Vec<_>, Vec<_>) = all.iter().partition(|error| error.is_retryable());
        assert_eq!(retried.iter().map(|e| e.name()).collect::<Vec<_>>(), RETRYABLE);
        assert_eq!(last.iter().map(|e| e.name()).collect::<Vec<_>>(), FINAL);
    }
}
