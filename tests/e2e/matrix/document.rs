//! The endpoints as `openapi.yaml` tells them.

use std::fmt;
use std::path::Path;

use reqwest::Method;
use serde_json::Value;

use oms_domain::ActorKind;

/// One endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    /// Its `operationId`.
    pub(crate) id: String,
    pub(crate) method: Method,
    /// With parameters in braces.
    pub(crate) path: String,
    /// Roles that may call it; none where a signature takes a token's place.
    pub(crate) roles: Vec<ActorKind>,
    /// Scope that the token must hold.
    pub(crate) scope: Option<String>,
    /// Status of the good answer.
    pub(crate) good: u16,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.id)
    }
}

/// Every endpoint of the document.
pub(crate) fn operations() -> Vec<Operation> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.yaml");
    let document: Value = serde_yaml_ng::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| -> Vec<Operation> {
        methods.as_object().unwrap().iter().map(|(method, told)| operation(path, method, told)).collect()
    };
    let operations: Vec<Operation> = paths.iter().flat_map(of_path).collect();
    assert!(!operations.is_empty(), "openapi.yaml tells no endpoint");
    operations
}

fn operation(path: &str, method: &str, told: &Value) -> Operation {
    let texts =
        |value: &Value| -> Vec<String> { value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect() };
    let scopes = texts(&told["security"][0]["bearer"]);
    assert!(scopes.len() <= 1, "{method} {path} asks for several scopes: teach the matrix to leave out each");
    let good = told["responses"].as_object().unwrap().keys().find(|status| status.starts_with('2')).unwrap();
    let operation = Operation {
        id: told["operationId"].as_str().unwrap().to_owned(),
        method: method.to_ascii_uppercase().parse().unwrap(),
        path: path.to_owned(),
        roles: texts(&told["x-roles"]).iter().map(|role| role.parse().unwrap()).collect(),
        scope: scopes.into_iter().next(),
        good: good.parse().unwrap(),
    };
    assert_eq!(operation.roles.is_empty(), operation.scope.is_none(), "{operation} has roles without scope, or a scope without roles");
    operation
}
