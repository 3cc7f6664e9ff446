//! Replacing what an order says: tried once more where somebody else was first, and carried out once under its key.

use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::idempotency::Asked;
use oms_contract::problem::Problem;
use oms_contract::record::Command;
use oms_domain::OrderId;
use oms_ports::PortError;

use crate::{Deps, amend, draft, placed};

/// Why one try came to nothing.
pub(crate) enum Failed {
    /// Somebody else was first: worth another try with a fresh read.
    Conflict,
    /// For good.
    Told(Problem),
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Told(problem)
    }
}

impl From<PortError> for Failed {
    fn from(error: PortError) -> Self {
        if matches!(error, PortError::Conflict) { Self::Conflict } else { Self::Told(error.into()) }
    }
}

/// What replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    /// Of a draft, as a whole.
    Draft,
    /// Of an order whose checks failed.
    Amendment,
}

impl Edit {
    /// The endpoint's operation, and what the order is called where there is none.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Draft => ("editDraft", "draft"),
            Self::Amendment => ("amendOrder", "order"),
        }
    }
}

/// Tries twice, and answers with the order after it.
pub(crate) async fn twice(deps: &Deps, request: &ApiRequest, caller: &Caller, edit: Edit) -> Result<ApiResponse, Problem> {
    let (operation, what) = edit.names();
    let id = request.path.get("order_id").and_then(|id| id.parse().ok()).ok_or_else(|| Problem::not_found(what))?;
    let asked = Asked::of(request, caller, operation)?;
    for attempt in 0..2 {
        let tried = match edit {
            Edit::Draft => draft::once(deps, request, caller, id, asked.as_ref()).await,
            Edit::Amendment => amend::once(deps, request, caller, id, asked.as_ref()).await,
        };
        match tried {
            Err(Failed::Conflict) if attempt == 0 => {}
            Err(Failed::Conflict) => break,
            Err(Failed::Told(problem)) => return Err(problem),
            Ok(order) => {
                let body = placed(id, order.state, order.created_at);
                return Ok(ApiResponse::json(200, &body).with_header("etag", format!("\"{}\"", order.seq)));
            }
        }
    }
    Err(Problem::changed_meanwhile())
}

/// The command that was carried out under this key before, if one was.
pub(crate) async fn done_before(deps: &Deps, id: OrderId, asked: Option<&Asked>) -> Result<Option<Command>, PortError> {
    match asked {
        Some(asked) => deps.records.command(id, &asked.key).await,
        None => Ok(None),
    }
}
