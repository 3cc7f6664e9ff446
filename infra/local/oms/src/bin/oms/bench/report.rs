//! The figures as a file for programs and as a table for people.

use std::collections::BTreeMap;
use std::path::Path;

use super::figures::{self, CHAPTERS};
use crate::console::{Console, columns};
use crate::failure::Failure;

/// Figures by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Report(BTreeMap<String, f64>);

impl Report {
    /// Adds a figure.
    ///
    /// # Errors
    /// Where nobody has said what a figure of this name is, or it is no number.
    pub(super) fn add(&mut self, name: &str, value: f64) -> Result<(), Failure> {
        if figures::of(name).is_none() {
            return Err(Failure::Bench(format!("{name} is not listed among the figures: add it to figures.rs")));
        }
        if !value.is_finite() {
            return Err(Failure::Bench(format!("{name} came out as {value}")));
        }
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// A figure that was added.
    pub(super) fn of(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    /// Writes the flat JSON object, whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let wrong = |error: std::io::Error| Failure::file(path, error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(wrong)?;
        }
        let rounded: BTreeMap<&String, f64> = self.0.iter().map(|(name, value)| (name, rounded(*value))).collect();
        let text = serde_json::to_string_pretty(&rounded).map_err(|error| Failure::file(path, error))?;
        let draft = path.with_extension("json.new");
        std::fs::write(&draft, format!("{text}\n")).map_err(wrong)?;
        std::fs::rename(&draft, path).map_err(wrong)
    }

    /// A table a chapter, each figure with its aim and whether it is met.
    pub(super) fn lines(&self, console: Console) -> Vec<String> {
        let mut lines = Vec::new();
        for chapter in &CHAPTERS {
            let names = chapter.figures.iter().flat_map(|figure| figure.names().into_iter().map(move |name| (name, figure)));
            let rows: Vec<Vec<String>> = names
                .filter_map(|(name, figure)| {
                    let value = self.of(&name)?;
                    let verdict = match figure.aim.met(value) {
                        None => String::new(),
                        Some(true) => console.good(&format!("{} met", figure.aim.shown())),
                        Some(false) => console.bad(&format!("{} missed", figure.aim.shown())),
                    };
                    Some(vec![name, shown(value), figure.unit.to_owned(), verdict])
                })
                .collect();
            if rows.is_empty() {
                continue;
            }
            lines.push(String::new());
            lines.push(console.strong(chapter.title));
            lines.extend(columns(&rows, 2));
        }
        lines
    }
}

/// Six significant digits: more were never measured.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

fn shown(value: f64) -> String {
    let digits = match value.abs() {
        large if large >= 1000.0 => 0,
        middling if middling >= 10.0 => 1,
        _ => 3,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_figures_that_somebody_explained_are_reported() {
        let mut report = Report::default();
        assert!(report.add("what_is_this", 1.0).is_err());
        assert!(report.add("capture_p95_ms", f64::NAN).is_err());
        report.add("capture_p95_ms", 120.123_456_789).unwrap();
        report.add("emulator_orders_per_second", 25.0).unwrap();
        let file = std::env::temp_dir().join(format!("oms-report-{}", std::process::id())).join("report.json");
        report.write(&file).unwrap();
        let written = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
        assert_eq!(written, "{\n  \"capture_p95_ms\": 120.123,\n  \"emulator_orders_per_second\": 25.0\n}\n");
        let told = report.lines(Console::plain()).join("\n");
        assert!(told.contains("≤ 98 missed") && told.contains("≥ 20 met"), "{told}");
        assert!(!told.contains("Embedded"), "{told}");
    }
}
