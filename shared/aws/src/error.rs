//! Sorts failures of the SDK by what the caller does about them.
//!
//! Only error codes and HTTP statuses are passed on: messages of AWS quote values, and values may be personal.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use oms_ports::{Party, PortError};

/// Codes that ask us to slow down.
const THROTTLING: [&str; 11] = [
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingError",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Codes that say that somebody else was first, or is at it.
const CONFLICTS: [&str; 3] = ["ConditionalCheckFailedException", "TransactionConflictException", "TransactionInProgressException"];

/// A failed call as the port's caller sees it.
pub(crate) fn port_error<E>(party: Party, error: &SdkError<E>) -> PortError
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::TimeoutError(_) => PortError::unavailable(party, "timed out"),
        SdkError::DispatchFailure(failure) => {
            PortError::unavailable(party, failure.as_connector_error().map_or("request could not be sent", dispatch_cause))
        }
        SdkError::ResponseError(_) => PortError::unavailable(party, "answer cut short"),
        SdkError::ServiceError(answer) => sorted(party, answer.err().code().unwrap_or("no code"), answer.raw().status().as_u16()),
        // Nothing was sent: the request itself could not be built.
        _ => PortError::corrupt(party, "the request could not be built"),
    }
}

/// Codes by which a messaging service says no to this very message.
const REFUSALS: [&str; 5] =
    ["BadRequestException", "InvalidMessageContents", "InvalidParameter", "InvalidParameterValue", "MessageRejected"];

/// The same for a closure: `.map_err(store)`.
#[expect(clippy::needless_pass_by_value, reason = "for map_err, which gives the error away")]
pub(crate) fn store<E>(error: SdkError<E>) -> PortError
where
    E: ProvideErrorMetadata,
{
    port_error(Party::Store, &error)
}

/// A record of ours that cannot be.
pub(crate) fn corrupt(cause: impl ToString) -> PortError {
    PortError::corrupt(Party::Store, cause)
}

fn dispatch_cause(failure: &aws_sdk_dynamodb::error::ConnectorError) -> &'static str {
    if failure.is_timeout() {
        "connection timed out"
    } else if failure.is_io() {
        "connection failed"
    } else {
        "request could not be sent"
    }
}

/// What an error code and an HTTP status mean.
pub(crate) fn sorted(party: Party, code: &str, status: u16) -> PortError {
    if THROTTLING.contains(&code) || status == 429 {
        PortError::Throttled(party)
    } else if CONFLICTS.contains(&code) {
        PortError::Conflict
    } else if status >= 500 {
        PortError::unavailable(party, format!("{code} ({status})"))
    } else if REFUSALS.contains(&code) {
        PortError::refused(party, code)
    } else {
        PortError::corrupt(party, format!("{code} ({status})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_statuses_are_sorted_by_what_the_caller_does() {
        for (code, status, name) in [
            ("ThrottlingException", 400, "Throttled"),
            ("ProvisionedThroughputExceededException", 400, "Throttled"),
            ("no code", 429, "Throttled"),
            ("ConditionalCheckFailedException", 400, "Conflict"),
            ("TransactionConflictException", 400, "Conflict"),
            ("InternalServerError", 500, "Unavailable"),
            ("no code", 503, "Unavailable"),
            ("ValidationException", 400, "Bug"),
            ("AccessDeniedException", 400, "Bug"),
            ("ResourceNotFoundException", 400, "Bug"),
        ] {
            let step = oms_ports::StepError::from(sorted(Party::Store, code, status));
            assert_eq!(step.name(), name, "{code} {status}");
        }
    }
}
