//! The tables as Rust knows them are the tables of the template.

#![allow(clippy::unwrap_used, reason = "what helpers of a test do not expect fails the test")]

use oms_aws::schema::{TABLES, Table};
use serde_yaml_ng::Value;

const TEMPLATE: &str = include_str!("../../../infra/data.yaml");

/// Texts at a path into each element of a list; none where there is no list.
fn texts<'a>(list: &'a Value, path: &[&str]) -> Vec<&'a str> {
    let at = |value: &'a Value| path.iter().fold(value, |value, name| &value[*name]).as_str().unwrap();
    list.as_sequence().map_or(Vec::new(), |list| list.iter().map(at).collect())
}

fn resource(template: &Value, table: Table) -> &Value {
    let resource = &template["Resources"][table.name];
    assert_eq!(resource["Type"], "AWS::DynamoDB::Table", "{}", table.name);
    &resource["Properties"]
}

fn keys(value: &Value) -> Vec<&str> {
    assert_eq!(texts(&value["KeySchema"], &["KeyType"]), ["HASH", "RANGE"]);
    texts(&value["KeySchema"], &["AttributeName"])
}

#[test]
fn tables_are_the_templates() {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).unwrap();
    for table in TABLES {
        let properties = resource(&template, table);
        assert_eq!(keys(properties), ["pk", "sk"], "{}", table.name);
        let mut attributes = texts(&properties["AttributeDefinitions"], &["AttributeName"]);
        let mut ours = table.attributes();
        attributes.sort_unstable();
        ours.sort_unstable();
        assert_eq!(ours, attributes, "{}", table.name);
        assert!(texts(&properties["AttributeDefinitions"], &["AttributeType"]).iter().all(|kind| *kind == "S"), "{}", table.name);
        let indexes = &properties["GlobalSecondaryIndexes"];
        let found: Vec<_> =
            indexes.as_sequence().into_iter().flatten().map(|index| (index["IndexName"].as_str().unwrap(), keys(index))).collect();
        let ours: Vec<_> = table.indexes.iter().map(|index| (index.name, vec![index.pk, index.sk])).collect();
        assert_eq!(ours, found, "{}", table.name);
        assert!(texts(indexes, &["Projection", "ProjectionType"]).iter().all(|kind| *kind == "KEYS_ONLY"), "{}", table.name);
        assert_eq!(table.ttl, properties["TimeToLiveSpecification"]["AttributeName"].as_str(), "{}", table.name);
        let stream = properties["StreamSpecification"]["StreamViewType"].as_str();
        assert_eq!(table.stream.then_some("NEW_AND_OLD_IMAGES"), stream, "{}", table.name);
    }
}

#[test]
fn no_table_of_the_template_is_forgotten() {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).unwrap();
    let resources = template["Resources"].as_mapping().unwrap();
    let tables = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::DynamoDB::Table");
    let names: Vec<&str> = tables.map(|(name, _)| name.as_str().unwrap()).collect();
    assert_eq!(names, TABLES.map(|table| table.name));
}
