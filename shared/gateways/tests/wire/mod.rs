//! Stripe on the wire, as far as the adapter speaks to it: payment intents, refunds and idempotency keys, kept between the calls.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use oms_fakes::wire::{Asked, Reply, Server};
use serde_json::{Value, json};

/// When the first payment is made, in seconds; each further one a second later.
pub(crate) const EPOCH: i64 = 1_795_435_200;

#[derive(Debug, Clone, Default)]
struct Intent {
    created: i64,
    amount: i64,
    currency: String,
    status: &'static str,
    received: i64,
    refunded: i64,
    metadata: BTreeMap<String, String>,
}

struct Refund {
    id: String,
    intent: String,
    amount: i64,
    key: String,
}

#[derive(Default)]
struct Books {
    intents: Vec<Intent>,
    refunds: Vec<Refund>,
    /// By idempotency key: what was asked, and the answer.
    answers: HashMap<String, (String, Answer)>,
}

type Answer = (u16, Value);
type Form = BTreeMap<String, String>;

/// The server's state.
#[derive(Default)]
pub(crate) struct Wire(Arc<Mutex<Books>>);

/// A server without payments.
pub(crate) fn serve() -> (Server, Wire) {
    let wire = Wire::default();
    let books = Arc::clone(&wire.0);
    let server = Server::answering(move |asked| {
        let (status, body) = books.lock().unwrap().answer(asked);
        Reply::json(status, &body)
    });
    (server, wire)
}

fn refused(code: &str) -> Answer {
    (400, json!({ "error": { "type": "invalid_request_error", "code": code, "message": "No." } }))
}

impl Books {
    fn answer(&mut self, request: &Asked) -> Answer {
        let path = request.path.trim_start_matches("/v1/");
        if request.method == "GET" {
            return self.read(path, &request.query.iter().cloned().collect());
        }
        let key = request.header("idempotency-key").unwrap();
        let asked = format!("{path} {}", request.text());
        match self.answers.get(key) {
            Some((before, answer)) if *before == asked => answer.clone(),
            Some(_) => (400, json!({ "error": { "type": "idempotency_error", "message": "No." } })),
            None => {
                let answer = self.write(path, &request.form().into_iter().collect());
                self.answers.insert(key.to_owned(), (asked, answer.clone()));
                answer
            }
        }
    }

    fn read(&self, path: &str, query: &Form) -> Answer {
        match path.split('/').collect::<Vec<_>>()[..] {
            ["payment_intents"] => (200, self.list(query)),
            ["payment_intents", "search"] => (200, json!({ "data": self.search(&query["query"]), "has_more": false })),
            ["payment_intents", id] => match self.position(id) {
                Some(found) => (200, self.shown(found)),
                None => (404, json!({ "error": { "type": "invalid_request_error", "code": "resource_missing" } })),
            },
            ["refunds"] => {
                let own = self.refunds.iter().filter(|refund| refund.intent == query["payment_intent"]);
                let shown = own.map(|refund| json!({ "id": refund.id, "status": "succeeded", "metadata": { "key": refund.key } }));
                (200, json!({ "data": shown.collect::<Vec<_>>(), "has_more": false }))
            }
            _ => refused("no_such_address"),
        }
    }

    fn write(&mut self, path: &str, form: &Form) -> Answer {
        match path.split('/').collect::<Vec<_>>()[..] {
            ["payment_intents"] => self.make(form),
            ["payment_intents", id, "capture"] => self.capture(id, form),
            ["payment_intents", id, "cancel"] => self.cancel(id),
            ["refunds"] => self.refund(form),
            _ => refused("no_such_address"),
        }
    }

    fn make(&mut self, form: &Form) -> Answer {
        let nth = i64::try_from(self.intents.len()).unwrap();
        let metadata = form.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
            Some((name.to_owned(), value.clone()))
        });
        self.intents.push(Intent {
            created: EPOCH + nth,
            amount: form["amount"].parse().unwrap(),
            currency: form["currency"].clone(),
            status: "requires_capture",
            metadata: metadata.collect(),
            ..Intent::default()
        });
        (200, self.shown(self.intents.len() - 1))
    }

    fn capture(&mut self, id: &str, form: &Form) -> Answer {
        let (found, amount) = (self.position(id).unwrap(), form["amount_to_capture"].parse().unwrap());
        let intent = &mut self.intents[found];
        if intent.status != "requires_capture" {
            return refused("payment_intent_unexpected_state");
        }
        if amount > intent.amount {
            return refused("amount_too_large");
        }
        (intent.status, intent.received) = ("succeeded", amount);
        (200, self.shown(found))
    }

    fn cancel(&mut self, id: &str) -> Answer {
        let found = self.position(id).unwrap();
        let intent = &mut self.intents[found];
        if matches!(intent.status, "succeeded" | "canceled") {
            return refused("payment_intent_unexpected_state");
        }
        intent.status = "canceled";
        (200, self.shown(found))
    }

    fn refund(&mut self, form: &Form) -> Answer {
        let (found, amount) = (self.position(&form["payment_intent"]).unwrap(), form["amount"].parse().unwrap());
        let intent = &mut self.intents[found];
        if intent.status != "succeeded" {
            return refused("charge_not_refundable");
        }
        if amount > intent.received - intent.refunded {
            return refused("amount_too_large");
        }
        intent.refunded += amount;
        let id = format!("re_{}", self.refunds.len() + 1);
        let (intent, key) = (form["payment_intent"].clone(), form["metadata[key]"].clone());
        self.refunds.push(Refund { id: id.clone(), intent, amount, key });
        (200, json!({ "id": id, "status": "succeeded", "amount": self.refunds.last().map(|refund| refund.amount) }))
    }

    /// Newest first, as Stripe lists.
    fn list(&self, query: &Form) -> Value {
        let bound = |name: &str| query[name].parse::<i64>().unwrap();
        let (from, to) = (bound("created[gte]"), bound("created[lt]"));
        let limit: usize = query["limit"].parse::<usize>().unwrap().min(3);
        let within = (0..self.intents.len()).rev().filter(|nth| (from..to).contains(&self.intents[*nth].created));
        let after = query.get("starting_after").map(|id| self.position(id).unwrap());
        let rest: Vec<usize> = within.filter(|nth| after.is_none_or(|after| *nth < after)).collect();
        json!({ "data": rest.iter().take(limit).map(|nth| self.shown(*nth)).collect::<Vec<_>>(), "has_more": rest.len() > limit })
    }

    fn search(&self, query: &str) -> Vec<Value> {
        let wanted = |metadata: &BTreeMap<String, String>| {
            query.split(" AND ").all(|clause| metadata.iter().any(|(name, value)| clause == format!("metadata['{name}']:'{value}'")))
        };
        (0..self.intents.len()).filter(|nth| wanted(&self.intents[*nth].metadata)).map(|nth| self.shown(nth)).collect()
    }

    fn position(&self, id: &str) -> Option<usize> {
        let nth: usize = id.strip_prefix("pi_")?.parse().ok()?;
        (nth < self.intents.len()).then_some(nth)
    }

    fn shown(&self, nth: usize) -> Value {
        let intent = &self.intents[nth];
        let reserved = if intent.status == "requires_capture" { intent.amount } else { 0 };
        json!({
            "id": format!("pi_{nth}"), "created": intent.created, "status": intent.status, "currency": intent.currency,
            "amount_capturable": reserved, "amount_received": intent.received, "metadata": intent.metadata,
            "latest_charge": { "id": format!("ch_{nth}"), "amount_refunded": intent.refunded },
        })
    }
}

impl Wire {
    /// Takes the order out of a payment's metadata, as if somebody else had made it.
    pub(crate) fn disown(&self, nth: usize) {
        self.0.lock().unwrap().intents[nth].metadata.clear();
    }
}
