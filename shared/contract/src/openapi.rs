//! The OpenAPI document, made from the table of endpoints and the schemas of the shapes.

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::endpoints::{ENDPOINTS, Endpoint};
use crate::api::{amend, command, load, place, routing, view};
use crate::problem::Problem;

/// The document as a JSON value.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for endpoint in &ENDPOINTS {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        path[endpoint.method.to_ascii_lowercase()] = operation(endpoint);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Order management API",
            "version": "2",
            "description": "Amounts are integer minor units (cents, yen, fils). Errors are problem documents (RFC 9457).",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}

fn operation(endpoint: &Endpoint) -> Value {
    let (status, schema) = endpoint.answer;
    let mut responses = Map::new();
    let mut good = json!({ "description": if schema.is_some() { "Done." } else { "Taken." } });
    if let Some(schema) = schema {
        good["content"] = json!({ "application/json": { "schema": reference(schema) } });
    }
    if endpoint.operation == "printLabel" {
        good = json!({ "description": "The label.", "content": { "application/pdf": { "schema": { "type": "string", "format": "binary" } } } });
    }
    if matches!(schema, Some("OrderView" | "PlacedOrder")) {
        good["headers"] = json!({ "ETag": { "description": "The order's version.", "schema": { "type": "string" } } });
    }
    if endpoint.operation == "cancelOrder" {
        let mut wished = good.clone();
        wished["description"] =
            json!("Noted: the order is cancelled as soon as it can be, within moments, and says `cancel_requested` until then.");
        responses.insert("202".to_owned(), wished);
    }
    responses.insert(status.to_string(), good);
    for (status, why) in refusals(endpoint) {
        responses.insert(
            status.to_string(),
            json!({ "description": why, "content": { "application/problem+json": { "schema": reference("Problem") } } }),
        );
    }
    let mut operation = json!({
        "operationId": endpoint.operation,
        "summary": endpoint.summary,
        "parameters": parameters(endpoint),
        "responses": responses,
    });
    if let Some(scope) = endpoint.scope {
        operation["security"] = json!([{ "bearer": [scope] }]);
        operation["x-roles"] = endpoint.roles.iter().map(ToString::to_string).collect();
    }
    if let Some(schema) = endpoint.request {
        let kind = if schema == "ReferenceLines" { "application/x-ndjson" } else { "application/json" };
        operation["requestBody"] = json!({ "required": is_required(schema), "content": { kind: { "schema": reference(schema) } } });
    }
    operation
}

/// Bodies of commands whose fields are all optional may be left out.
fn is_required(schema: &str) -> bool {
    !matches!(schema, "BuyLabel" | "CancelOrder" | "PayOrder")
}

fn refusals(endpoint: &Endpoint) -> Vec<(u16, &'static str)> {
    let of_an_order = endpoint.path.contains("{order_id}");
    let of_rows = endpoint.operation == "loadReference";
    let command = endpoint.method != "GET";
    let mut refusals = vec![];
    if endpoint.request.is_some() || !of_an_order || endpoint.operation == "printLabel" {
        refusals.push((400, "A parameter or the body could not be read."));
    }
    refusals.push((401, if endpoint.scope.is_some() { "No valid token." } else { "No valid signature." }));
    if endpoint.scope.is_some() {
        refusals.push((403, "Role or scope may not do this."));
    } else {
        refusals.push((404, "No such gateway or carrier."));
    }
    if of_an_order {
        refusals.push((404, "No such order, or not the caller's."));
    }
    if of_rows {
        refusals.push((404, "No such kind of rows."));
    }
    if endpoint.operation == "printLabel" {
        refusals.push((409, "Only the carrier's own portal prints it."));
    }
    if command && endpoint.scope.is_some() && !of_rows {
        refusals.push((409, "The state forbids it, or somebody else changed the order at the same moment."));
    }
    if command && of_an_order {
        refusals.push((412, "If-Match names another version."));
    }
    if endpoint.request.is_some() || endpoint.scope.is_none() {
        refusals.push((413, "The body is too large."));
    }
    if of_rows {
        refusals.push((422, "Lines are wrong, each with its number and the path in it; nothing is changed."));
    } else if endpoint.request.is_some() {
        refusals.push((422, "The body is well-formed but not valid, or the Idempotency-Key came with another body."));
    } else if command && endpoint.scope.is_some() {
        refusals.push((422, "The Idempotency-Key came with another command."));
    }
    if endpoint.scope.is_some() {
        refusals.push((429, "Too many requests; try again more slowly."));
    }
    refusals.push((500, "A fault of ours, which is logged under the request's id."));
    refusals.push((503, "A party we need did not answer; try again."));
    refusals
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let text = |name: &str, place: &str, required: bool, what: &str| json!({ "name": name, "in": place, "required": required, "description": what, "schema": { "type": "string" } });
    let in_path = endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<Value> = in_path.map(|name| text(name, "path", true, "As in the path.")).collect();
    match endpoint.operation {
        "placeOrder" | "draftOrder" => {
            parameters.push(text("Idempotency-Key", "header", true, "1 to 255 visible ASCII characters, new for every new order."));
        }
        "listOrders" => {
            for (name, what) in [
                ("state", "Only orders in this state. For operators, of the days asked for unless the state is one that needs attention."),
                ("customer_id", "Operators only: a customer's orders."),
                ("vendor_id", "Operators only: a vendor's orders."),
                ("open", "With a vendor: `true` (default) for those still to be handed over, `false` for the others."),
                (
                    "attention",
                    "Operators only: orders that need somebody: stalled, undo_failed, payment_failed, validation_failed, fraud_review, vendor_rejected, delivery_failed.",
                ),
                ("day", "Operators only: the UTC day of capture, YYYY-MM-DD; today where nothing else is asked for."),
                ("from", "Captured at or after this instant (RFC 3339)."),
                ("to", "Captured before this instant (RFC 3339)."),
                ("limit", "1 to 100, default 25."),
                ("cursor", "`next_cursor` of the page before."),
            ] {
                parameters.push(text(name, "query", false, what));
            }
        }
        "loadReference" => {
            parameters.push(text("dry_run", "query", false, "`true`: nothing is changed, and the answer says what would be."));
        }
        "printLabel" => {
            parameters.push(text("format", "query", false, "`4x6` (default) or `a4`."));
            parameters.push(text("package", "query", false, "Number of the package within the part, default 1."));
            parameters.push(text("part", "query", false, "Operators only: number of the part, default 1."));
        }
        _ if endpoint.method != "GET" && endpoint.scope.is_some() => {
            parameters.push(text("If-Match", "header", false, "The ETag that the order must still have."));
            let key =
                "1 to 255 visible ASCII characters, new for every new command: one that is repeated with its key is not carried out again.";
            parameters.push(text("Idempotency-Key", "header", false, key));
        }
        _ => {}
    }
    parameters
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn schemas() -> Map<String, Value> {
    let mut all: Vec<(String, RefOr<Schema>)> = Vec::new();
    add::<place::PlaceOrder>(&mut all);
    add::<place::PlacedOrder>(&mut all);
    add::<amend::AmendOrder>(&mut all);
    add::<command::CancelOrder>(&mut all);
    add::<command::PayOrder>(&mut all);
    add::<command::ReviewOrder>(&mut all);
    add::<command::RejectOrder>(&mut all);
    add::<command::AnswerOffer>(&mut all);
    add::<command::ReceiveReturn>(&mut all);
    add::<command::ShipOrder>(&mut all);
    add::<command::BuyLabel>(&mut all);
    add::<command::ChooseCarrier>(&mut all);
    add::<view::OrderView>(&mut all);
    add::<view::OrderList>(&mut all);
    add::<view::HistoryView>(&mut all);
    add::<view::LedgerView>(&mut all);
    add::<view::ValidationView>(&mut all);
    add::<load::ReferenceLines>(&mut all);
    add::<load::LoadReport>(&mut all);
    add::<view::LabelsView>(&mut all);
    add::<view::CarrierChoiceView>(&mut all);
    add::<routing::RoutingView>(&mut all);
    add::<Problem>(&mut all);
    all.into_iter().filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?))).collect()
}

fn add<T: ToSchema + PartialSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
    all.push((T::name().into_owned(), T::schema()));
    T::schemas(all);
}
